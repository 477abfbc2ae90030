// The study page's pictures: one stack viewer, which searches with a region that is drawn on it.
import { keptIn } from "./mounting.js"
import { StackViewer } from "./stack_viewer.js"

export default function mountStack({ data, parentElement, setTriggerValue }) {
  const [viewer, end] = keptIn(parentElement, "stack", (root) => new StackViewer(root))
  viewer.send = (region) => setTriggerValue("region", region)
  viewer.load(data)
  viewer.focus()
  return end
}
