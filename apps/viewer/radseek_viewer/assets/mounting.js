// What a component has on the page from one run to the next. Streamlit calls its function again whenever its data or the theme
// change and takes nothing away before; of a call that the next has overtaken it runs at once what that call returned.
import { rootOf } from "./elements.js"

const mounted = new WeakMap() // root -> { own, end: what the newest call returned }

// What `make(root)` made at the first call, and the function that ends it: only the newest call's does.
export function keptIn(parentElement, className, make) {
  const root = rootOf(parentElement, className)
  if (!mounted.has(root)) mounted.set(root, { own: make(root) })
  const held = mounted.get(root)
  held.end = function end() {
    if (held.end !== end) return
    held.own.stop()
    mounted.delete(root)
    root.replaceChildren()
  }
  return [held.own, held.end]
}

// For what is drawn anew at each call: `draw(root)` may return what ends the listening of its drawing. Returns what ends it all.
export function drawnIn(parentElement, className, draw) {
  const [drawing, end] = keptIn(parentElement, className, () => ({ undo: null, stop() { this.undo?.() } }))
  drawing.stop()
  drawing.undo = draw(rootOf(parentElement, className))
  return end
}
