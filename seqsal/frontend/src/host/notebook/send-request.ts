import type { ReportProgress } from '../../core/state/host.js';
import type { Answer } from './channel.js';

/** What cancels a request, and what its progress is reported to. */
export type Waiter = readonly [signal: AbortSignal, report?: ReportProgress];

export type SendRequest = (what: string, input: unknown, ...waiter: Waiter) => Promise<Answer>;
