// The pictures on the stack's buttons: strokes on a square of 24 x 24, in the colour of the text beside them.
import { svg } from "./elements.js"

const STROKES = {
  window: "M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0M12 3v18M15 4v16M18 6v12",
  pan: "M12 3v18M3 12h18M9.5 5.5L12 3l2.5 2.5M9.5 18.5L12 21l2.5-2.5M5.5 9.5L3 12l2.5 2.5M18.5 9.5L21 12l-2.5 2.5",
  scroll: "M8 3h12v12M4 8h11v13H4zM9.5 11v7M7.5 13l2-2 2 2M7.5 16l2 2 2-2",
  measure: "M4 20L20 4M4 20l-1.5-1.5M4 20l1.5 1.5M20 4l-1.5-1.5M20 4l1.5 1.5M8 13l3 3M13 8l3 3",
  angle: "M20 19H4L14 4M11 8.5A11 11 0 0 1 15 19",
  ellipse: "M3 12a9 6 0 1 0 18 0a9 6 0 1 0-18 0",
  rectangle: "M4 6h16v12H4z",
  region: "M4 8V4h4M12 4h4v4M4 12v4h4M12 14.5a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0M18 17l3.5 3.5",
  lens: "M3.5 10a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0M15 14.5L21 20.5M10 7v6M7 10h6",
  smaller: "M5 12h14",
  larger: "M5 12h14M12 5v14",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  invert: "M4 4h16v16H4zM4 20L20 4M9 20L20 9M14 20l6-6",
  reset: "M5 13a7 7 0 1 0 2.2-5.2M7 3v5h5",
  where: "M12 21c-4-5-6-8-6-11a6 6 0 0 1 12 0c0 3-2 6-6 11M9.8 10a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0-4.4 0",
}

export function icon(name) {
  return drawIcon(svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, svg("path")), name)
}

// The same node with another picture.
export function drawIcon(node, name) {
  node.firstChild.setAttribute("d", STROKES[name])
  return node
}
