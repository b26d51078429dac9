import { alignTokens } from '../text/tokens.js';
import type { TokenizedText } from '../text/tokens.js';
import type { Host, ReportProgress, TokenizeInput } from './host.js';

/** The tokens of a text by a host, aligned with it. */
export async function tokenized(
  host: Host,
  text: TokenizeInput,
  signal: AbortSignal,
  report: ReportProgress,
): Promise<TokenizedText> {
  const { tokens, special, ids, messages, ...blocks } = await host.tokenize(text, signal, report);
  return alignTokens(tokens, special, text.prompt, text.target, ids, messages, blocks);
}
