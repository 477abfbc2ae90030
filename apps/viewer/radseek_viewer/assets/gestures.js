// Mouse, wheel, touch and keys over the picture, turned into the viewer's verbs.

const WHEEL_STEP_PX = 40 // trackpads send many small steps; a mouse notch is 100 to 120

export function attachGestures(canvas, verbs) {
  const pointers = new Map()
  let wheel = 0
  let pinch = 0

  canvas.addEventListener("contextmenu", (event) => event.preventDefault())
  canvas.addEventListener("dblclick", () => verbs.reset())
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId)
    canvas.focus({ preventScroll: true })
    const mode = modeOf(event, verbs.dragMode())
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, mode })
    pinch = 0
    if (mode === "measure") verbs.measureFrom(...fromCentre(canvas, event))
    event.preventDefault()
  })
  canvas.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId)
    if (!last) return
    const dx = event.clientX - last.x
    const dy = event.clientY - last.y
    Object.assign(last, { x: event.clientX, y: event.clientY })
    if (pointers.size === 2) {
      const gap = spread(pointers)
      if (pinch) verbs.zoom(gap / pinch, 0, 0)
      pinch = gap
      verbs.pan(dx / 2, dy / 2)
    } else if (last.mode === "pan") verbs.pan(dx, dy)
    else if (last.mode === "measure") verbs.measureTo(...fromCentre(canvas, event))
    else if (last.mode === "zoom") verbs.zoom(Math.exp(-dy / 200), 0, 0)
    else verbs.window(dx, dy)
  })
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => {
      if (pointers.get(event.pointerId)?.mode === "measure") verbs.measured()
      pointers.delete(event.pointerId)
      pinch = 0
    })
  }
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault()
      if (event.ctrlKey || event.metaKey || verbs.wheelZooms()) {
        verbs.zoom(Math.exp(-event.deltaY / 500), ...fromCentre(canvas, event))
        return
      }
      wheel += event.deltaMode === 0 ? event.deltaY : event.deltaY * WHEEL_STEP_PX
      const steps = Math.trunc(wheel / WHEEL_STEP_PX)
      if (!steps) return
      wheel = 0
      verbs.step(Math.sign(steps))
    },
    { passive: false },
  )
  canvas.addEventListener("keydown", (event) => {
    const verb = KEYS[event.key]
    if (!verb || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    verb(verbs)
  })
}

// Left drag does the chosen tool; right drag or Shift pans, middle drag zooms.
function modeOf(event, chosen) {
  if (event.button === 2 || event.shiftKey) return "pan"
  if (event.button === 1) return "zoom"
  return chosen
}

function fromCentre(canvas, event) {
  const box = canvas.getBoundingClientRect()
  return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2]
}

function spread(pointers) {
  const [a, b] = [...pointers.values()]
  return Math.hypot(a.x - b.x, a.y - b.y)
}

export const KEYS = {
  ArrowUp: (verbs) => verbs.step(-1),
  ArrowDown: (verbs) => verbs.step(1),
  PageUp: (verbs) => verbs.step(-10),
  PageDown: (verbs) => verbs.step(10),
  Home: (verbs) => verbs.step(-Infinity),
  End: (verbs) => verbs.step(Infinity),
  ArrowLeft: (verbs) => verbs.series(-1),
  ArrowRight: (verbs) => verbs.series(1),
  "+": (verbs) => verbs.zoom(1.25, 0, 0),
  "=": (verbs) => verbs.zoom(1.25, 0, 0),
  "-": (verbs) => verbs.zoom(0.8, 0, 0),
  i: (verbs) => verbs.invert(),
  r: (verbs) => verbs.reset(),
  f: (verbs) => verbs.fit(),
  a: (verbs) => verbs.actualSize(),
  w: (verbs) => verbs.tool("window"),
  p: (verbs) => verbs.tool("pan"),
  m: (verbs) => verbs.tool("measure"),
  s: (verbs) => verbs.where(),
  Delete: (verbs) => verbs.unmeasure(),
  Backspace: (verbs) => verbs.unmeasure(),
  " ": (verbs) => verbs.play(),
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [String(n), (verbs) => verbs.preset(n - 1)])),
}
