/** Registers an element, unless another copy of this script on the page has done so: in notebooks each cell brings one. */
export function define(name: string, element: CustomElementConstructor): void {
  if (customElements.get(name) === undefined) customElements.define(name, element);
}
