// The study page's pictures: one stack viewer, which searches with a region that is drawn on it.
import { rootOf } from "./elements.js"
import { followed, recalled } from "./stack_address.js"
import { StackViewer } from "./stack_viewer.js"

const viewers = new WeakMap()

export default function mountStack({ data, parentElement, setTriggerValue }) {
  const root = rootOf(parentElement, "stack")
  let viewer = viewers.get(root)
  if (!viewer) {
    const made = new StackViewer(root, { acted: () => follow() })
    const follow = followed(made)
    viewer = made
    viewers.set(root, viewer)
  }
  viewer.send = (region) => setTriggerValue("region", region)
  viewer.load(recalled(data))
  viewer.focus()
  return () => {
    viewer.stop()
    viewers.delete(root)
    root.replaceChildren()
  }
}
