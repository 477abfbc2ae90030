// Finds what is on the page wherever it lives: components have shadow roots, into which selectors do not reach.

// The first element that matches and is shown, outside `except`; null where there is none.
export function deepQuery(selector, except) {
  const roots = [document]
  for (const root of roots) {
    const found = [...root.querySelectorAll(selector)].find((node) => node.checkVisibility() && node.getClientRects().length)
    if (found) return found
    for (const node of root.querySelectorAll("*")) if (node.shadowRoot && node.shadowRoot !== except) roots.push(node.shadowRoot)
  }
  return null
}

// What has the focus, inside shadow roots too.
export function deepActive() {
  let node = document.activeElement
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement
  return node
}
