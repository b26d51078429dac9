// Runs in a notebook's cell and shows the page that the kernel serves.
import { showPages } from './host/notebook/page-cell.js';

showPages(document);
