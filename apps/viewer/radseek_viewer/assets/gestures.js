// Mouse, wheel, touch and keys over the picture, turned into the viewer's verbs.

const WHEEL_STEP_PX = 40 // trackpads send many small steps; a mouse notch is 100 to 120
const TAP_MS = 350
const TAP_PX = 24

// `keys` names the verb of each key.
export function attachGestures(canvas, verbs, keys = KEYS) {
  const pointers = new Map()
  const isDoubleTap = doubleTaps()
  let wheel = 0
  let pinch = null

  const stopDrag = (id, cancelled) => {
    const pointer = pointers.get(id)
    pointers.delete(id)
    pinch = null
    if (pointer) verbs.dragEnd(pointer.mode, cancelled, fromCentre(canvas, { clientX: pointer.x, clientY: pointer.y }))
  }

  canvas.addEventListener("contextmenu", (event) => event.preventDefault())
  canvas.addEventListener("dblclick", () => verbs.reset())
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId)
    canvas.focus({ preventScroll: true })
    const mode = modeOf(event, verbs, fromCentre(canvas, event))
    for (const pointer of pointers.values()) {
      verbs.dragEnd(pointer.mode, true, fromCentre(canvas, event)) // a second finger makes it a pinch
      pointer.mode = "pinch"
    }
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, mode: pointers.size ? "pinch" : mode })
    pinch = null
    if (pointers.size === 1) verbs.dragFrom(mode, ...fromCentre(canvas, event))
    event.preventDefault()
  })
  canvas.addEventListener("pointermove", (event) => {
    verbs.point(...fromCentre(canvas, event), pointers.size > 0)
    const last = pointers.get(event.pointerId)
    if (!last) return
    const dx = event.clientX - last.x
    const dy = event.clientY - last.y
    Object.assign(last, { x: event.clientX, y: event.clientY })
    if (pointers.size === 2) {
      const now = pinchOf(canvas, pointers)
      if (pinch) {
        verbs.zoom(now.gap / pinch.gap, now.x, now.y)
        verbs.pan(now.x - pinch.x, now.y - pinch.y)
      }
      pinch = now
    } else if (last.mode !== "pinch") verbs.drag(last.mode, { dx, dy, at: fromCentre(canvas, event) })
  })
  canvas.addEventListener("pointerleave", () => verbs.unpoint())
  canvas.addEventListener("pointerup", (event) => {
    const alone = pointers.size === 1 && pointers.get(event.pointerId)?.mode !== "pinch"
    stopDrag(event.pointerId, false)
    if (event.pointerType === "touch") verbs.unpoint()
    if (event.pointerType === "touch" && isDoubleTap(event, alone)) verbs.reset()
  })
  canvas.addEventListener("pointercancel", (event) => stopDrag(event.pointerId, true))
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
    const verb = keys[event.key] ?? keys[event.key.toLowerCase()]
    if (!verb || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    verb(verbs)
  })
  canvas.addEventListener("keyup", (event) => event.key.toLowerCase() === "z" && verbs.lens(false))
  canvas.addEventListener("blur", () => verbs.lens(false))
}

// Left drag does the chosen tool; right drag or Shift pans, middle drag zooms.
function modeOf(event, verbs, at) {
  const chosen = verbs.dragMode(event.pointerType === "touch", ...at)
  if (event.button === 2 || (event.shiftKey && !verbs.keepsToolWithShift)) return "pan"
  return event.button === 1 ? "zoom" : chosen
}

// Browsers send no dblclick for fingers where they may not zoom the page.
function doubleTaps() {
  let last = null
  return (event, alone) => {
    const tap = alone ? { x: event.clientX, y: event.clientY, time: event.timeStamp } : null
    const isSecond = last && tap && tap.time - last.time < TAP_MS && Math.hypot(tap.x - last.x, tap.y - last.y) < TAP_PX
    last = isSecond ? null : tap
    return Boolean(isSecond)
  }
}

// CSS pixels from the middle of the canvas.
function fromCentre(canvas, event) {
  const box = canvas.getBoundingClientRect()
  return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2]
}

function pinchOf(canvas, pointers) {
  const [a, b] = [...pointers.values()]
  const [x, y] = fromCentre(canvas, { clientX: (a.x + b.x) / 2, clientY: (a.y + b.y) / 2 })
  return { gap: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)), x, y }
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
  n: (verbs) => verbs.tool("angle"),
  e: (verbs) => verbs.tool("ellipse"),
  b: (verbs) => verbs.tool("rectangle"),
  g: (verbs) => verbs.tool("region"),
  l: (verbs) => verbs.link(),
  s: (verbs) => verbs.where(),
  z: (verbs) => verbs.lens(true),
  Delete: (verbs) => verbs.unmeasure(),
  Backspace: (verbs) => verbs.unmeasure(),
  u: (verbs) => verbs.takeBack(),
  Escape: (verbs) => verbs.cancel(),
  " ": (verbs) => verbs.play(),
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [String(n), (verbs) => verbs.preset(n - 1)])),
}
