/** Which part of each answer is explained. */
export const SELECTIONS = ['answer', 'last_sentence', 'pattern'] as const;
/** What makes segments of different examples comparable. */
export const LABELLINGS = ['lines', 'roles', 'template', 'pattern'] as const;
export const GRANULARITIES = ['sentences', 'words', 'lines', 'paragraphs', 'messages', 'tokens', 'labels'] as const;

export type Selecting = (typeof SELECTIONS)[number];
export type Labelling = (typeof LABELLINGS)[number];
export type Granularity = (typeof GRANULARITIES)[number];

/** How many examples are analyzed, as the user has chosen it. A text stays while another rule is chosen. */
export interface AnalysisSettings {
  readonly select: Selecting;
  readonly selectPattern: string;
  readonly labels: Labelling;
  readonly template: string;
  readonly labelPattern: string;
  /** The name of the method; '' for the first one that the model offers. */
  readonly method: string;
  readonly granularity: Granularity;
  /** Whether each label is removed, to measure what the selection loses. */
  readonly removals: boolean;
}

export const INITIAL: AnalysisSettings = {
  select: 'answer',
  selectPattern: '',
  labels: 'lines',
  template: '',
  labelPattern: '',
  method: '',
  granularity: 'sentences',
  removals: false,
};

/** The setting that a message is about, as the server names it; '' if it is about none. */
export type SettingName = 'select' | 'labels' | '';

export interface SettingProblem {
  readonly setting: SettingName;
  readonly reason: string;
}

/** The settings as fields of a job. */
export function jobFields(settings: AnalysisSettings, method: string): Readonly<Record<string, unknown>> {
  return {
    select: settings.select === 'pattern' ? settings.selectPattern : settings.select,
    labels: labelRule(settings),
    methods: [method],
    granularity: settings.granularity,
    removals: settings.removals ? 'labels' : 'none',
  };
}

function labelRule({ labels, template, labelPattern }: AnalysisSettings): Readonly<Record<string, string>> {
  if (labels === 'template') return { kind: labels, template };
  return labels === 'pattern' ? { kind: labels, pattern: labelPattern } : { kind: labels };
}

/** What has to be typed before a run; the server checks the rest. */
export function missingText(settings: AnalysisSettings): SettingProblem | null {
  if (settings.select === 'pattern' && settings.selectPattern === '')
    return { setting: 'select', reason: 'Write the expression that finds the part to explain.' };
  if (settings.labels === 'template' && settings.template.trim() === '')
    return { setting: 'labels', reason: 'Paste the template of the prompts, with a name in braces for each variable.' };
  if (settings.labels === 'pattern' && settings.labelPattern === '')
    return { setting: 'labels', reason: 'Write an expression with a named group for each label.' };
  return null;
}

/** Whether a run with one of them gives the same results as with the other. */
export function isSame(one: AnalysisSettings, other: AnalysisSettings): boolean {
  return JSON.stringify(effective(one)) === JSON.stringify(effective(other));
}

function effective(settings: AnalysisSettings): unknown {
  return [jobFields(settings, settings.method)];
}

/** Settings from parsed JSON; what is missing or unknown has its default. */
export function readSettings(value: unknown): AnalysisSettings {
  const given = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  const text = (name: keyof AnalysisSettings): string => (typeof given[name] === 'string' ? given[name] : '');
  const oneOf = <T extends string>(name: keyof AnalysisSettings, known: readonly T[], initial: T): T =>
    known.find((each) => each === given[name]) ?? initial;
  return {
    select: oneOf('select', SELECTIONS, INITIAL.select),
    selectPattern: text('selectPattern'),
    labels: oneOf('labels', LABELLINGS, INITIAL.labels),
    template: text('template'),
    labelPattern: text('labelPattern'),
    method: text('method'),
    granularity: oneOf('granularity', GRANULARITIES, INITIAL.granularity),
    removals: given['removals'] === true,
  };
}
