import { render } from 'lit';
import { describe, expect, it } from 'vitest';
import { defineAnalysisModule } from '../../../../src/host/lit/analysis-module.js';
import { findLitModule } from '../../../../src/host/lit/module-class.js';
import { defineSalienceModule } from '../../../../src/host/lit/salience-module.js';
import type { LitModuleClass } from '../../../../src/host/lit/types.js';
import { FakeLitModule, defineFakeLit, modelInfo as model } from '../../../helpers/fake-lit.js';

const NAMES = ['seqsal-module', 'seqsal-aggregate'];

defineFakeLit();
const base = findLitModule();
if (base) {
  defineSalienceModule(base);
  defineAnalysisModule(base);
}

function typeOf(name: string): LitModuleClass {
  return customElements.get(name) as unknown as LitModuleClass;
}

describe('the base class', () => {
  it("is the one that owns shouldDisplayModule, above LIT's own module", () => {
    expect(base).toBe(FakeLitModule);
  });
});

describe.each(NAMES)('the module %s', (name) => {
  it('is shown only for models that generate text', () => {
    const type = typeOf(name);
    expect(type.shouldDisplayModule({ alone: model({ response: 'GeneratedTextCandidates' }) }, {})).toBe(true);
    expect(type.shouldDisplayModule({ m: model({ probas: 'MulticlassPreds' }) }, {})).toBe(false);
    expect(type.shouldDisplayModule({ m: model({}), _m_salience: model({}) }, {})).toBe(true);
  });

  it('is made by the template of its class', () => {
    const type = typeOf(name);
    const place = document.createElement('div');
    render(type.template('toy', 1, 0), place);
    const module = place.firstElementChild;
    expect(module?.localName).toBe(name);
    expect(module?.getAttribute('model')).toBe('toy');
    expect(module?.getAttribute('selectionServiceIndex')).toBe('1');
    expect(module).toHaveProperty('shouldReact', 0);
  });
});
