// What scrolls around a node, and when a person does anything.

// The nearest element around `node` that scrolls, shadow roots included.
export function scrollerOf(node) {
  for (let at = node.parentElement ?? node.getRootNode().host; at; at = at.parentElement ?? at.getRootNode().host) {
    if (/auto|scroll/.test(getComputedStyle(at).overflowY)) return at
  }
  return document.scrollingElement
}

// Calls `does` when a person next does anything; the controller that is returned takes it back.
export function whenTouched(does) {
  const heeding = new AbortController()
  const heed = () => {
    heeding.abort()
    does()
  }
  for (const kind of ["wheel", "pointerdown", "keydown", "touchstart"]) {
    window.addEventListener(kind, heed, { capture: true, passive: true, signal: heeding.signal })
  }
  return heeding
}
