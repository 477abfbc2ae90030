// Cornerstone3D with the tools that the stack viewer's own would be replaced with: whether they run in a shadow root under our policy.
import * as tools from "@cornerstonejs/tools"
import { open as openStack } from "./cornerstone.js"

const USED = [
  "WindowLevelTool", "PanTool", "ZoomTool", "StackScrollTool", "LengthTool", "AngleTool", "EllipticalROITool", "RectangleROITool", "MagnifyTool",
]
let groups = 0

export async function open(root, stack) {
  if (!groups) {
    tools.init()
    for (const name of USED) tools.addTool(tools[name])
  }
  const one = await openStack(root, stack)
  const group = tools.ToolGroupManager.createToolGroup(`trial-tools${groups++}`)
  for (const name of USED) group.addTool(tools[name].toolName)
  group.addViewport(one.viewport.id, one.engine.id)
  const choose = (name) => {
    for (const other of USED) group.setToolPassive(tools[other].toolName)
    group.setToolActive(tools[name].toolName, { bindings: [{ mouseButton: tools.Enums.MouseBindings.Primary }] })
  }
  const measured = () => tools.annotation.state.getAllAnnotations().map(({ metadata, data }) => ({ tool: metadata.toolName, stats: data.cachedStats }))
  return { ...one, choose, measured }
}
