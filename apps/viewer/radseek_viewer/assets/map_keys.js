// Mouse and keys of the map, and how they are told.

const PAN_PX = 60

export const KEYS = {
  ArrowLeft: (verbs) => verbs.panByKeys(PAN_PX, 0),
  ArrowRight: (verbs) => verbs.panByKeys(-PAN_PX, 0),
  ArrowUp: (verbs) => verbs.panByKeys(0, PAN_PX),
  ArrowDown: (verbs) => verbs.panByKeys(0, -PAN_PX),
  "+": (verbs) => verbs.zoom(1.25, 0, 0),
  "=": (verbs) => verbs.zoom(1.25, 0, 0),
  "-": (verbs) => verbs.zoom(0.8, 0, 0),
  f: (verbs) => verbs.reset(),
  m: (verbs) => verbs.use("move"),
  l: (verbs) => verbs.use("lasso"),
  b: (verbs) => verbs.rectangle(),
  u: (verbs) => verbs.back(),
  n: (verbs) => verbs.stepStudy(1),
  p: (verbs) => verbs.stepStudy(-1),
  Enter: (verbs) => verbs.openPointed(),
  Delete: (verbs) => verbs.clear(),
  Backspace: (verbs) => verbs.clear(),
}

export const HELP = [
  ["Wheel, pinch, + −", "zoom"],
  ["Drag, arrow keys", "move"],
  ["F or double click", "the whole map"],
  ["N, P", "next study, study before, from left to right"],
  ["Click, Enter", "open the study that is marked"],
  ["L, then drag", "lasso; with Shift it adds"],
  ["B, arrows, Enter", "rectangle; Shift and arrows size it, Shift Enter adds"],
  ["Select in the legend", "adds a whole group"],
  ["Delete, U", "clear; the selection before"],
]

export const LABEL = "Map of the archive. Arrow keys move it, plus and minus zoom, N and P go from study to study, Enter opens the one that is marked."
