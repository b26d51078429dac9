// What a notebook's cell runs to show the page that its kernel serves.
import { showPages } from './host/notebook/page-cell.js';

showPages(document);
