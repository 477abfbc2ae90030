// The study page's pictures: one stack viewer, which searches with a region that is drawn on it.
import { keptIn } from "./mounting.js"
import { followed, recalled } from "./stack_address.js"
import { StackViewer } from "./stack_viewer.js"

function newViewer(root) {
  const viewer = new StackViewer(root, { acted: () => follow() })
  const follow = followed(viewer)
  return viewer
}

export default function mountStack({ data, parentElement, setTriggerValue }) {
  const [viewer, end] = keptIn(parentElement, "stack", newViewer)
  viewer.send = (region) => setTriggerValue("region", region)
  viewer.load(recalled(data))
  viewer.focus()
  return end
}
