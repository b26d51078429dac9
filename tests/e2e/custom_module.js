// A custom module of somebody else's LIT build, appended to its main.js.
(() => {
  let base = null;
  for (let next = customElements.get('sequence-salience-module'); next; next = Object.getPrototypeOf(next)) {
    if (Object.hasOwn(next, 'shouldDisplayModule')) base = next;
  }
  const html = (strings, ...values) => ({ _$litType$: 1, strings, values });
  class PotatoModule extends base {
    static title = 'Potato';
    static template = (model, index, shouldReact) =>
      html`<potato-module model=${model} .shouldReact=${shouldReact} selectionServiceIndex=${index}></potato-module>`;
    static shouldDisplayModule = () => true;
    renderImpl() {
      const input = this.selectionService.primarySelectedInputData;
      return html`<p>${input ? `A potato for ${input.data.source}` : 'No potato'}</p>`;
    }
  }
  customElements.define('potato-module', PotatoModule);
})();
