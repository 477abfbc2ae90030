// Lays maps over the pictures of cards while the page has nothing more urgent to do.
// They are images, not canvases: a browser composes each canvas anew in every frame of a scroll.
import { element } from "./elements.js"
import { mapCanvas } from "./region_map.js"

const LATEST_MS = 250
const LEAST_LEFT_MS = 4 // one map takes some 2 ms
const waiting = new Map() // frame of a picture -> its map
const whenIdle = window.requestIdleCallback ?? ((paint) => setTimeout(() => paint(null), 30))

export function layMap(frame, map) {
  if (frame.querySelector(".map") || waiting.has(frame)) return
  if (!waiting.size) whenIdle(paintSome, { timeout: LATEST_MS })
  waiting.set(frame, map)
}

export function takeMap(frame) {
  waiting.delete(frame)
  frame.querySelector(".map")?.remove()
}

function paintSome(deadline) {
  for (const [frame, map] of waiting) {
    waiting.delete(frame)
    if (frame.isConnected && frame.querySelector("img")) frame.append(mapNode(map))
    if (!deadline || deadline.timeRemaining() < LEAST_LEFT_MS) break
  }
  if (waiting.size) whenIdle(paintSome, { timeout: LATEST_MS })
}

function mapNode(map) {
  const node = element("div", { class: "map", "aria-hidden": "true" })
  node.style.backgroundImage = `url(${mapCanvas(map).toDataURL()})`
  return node
}
