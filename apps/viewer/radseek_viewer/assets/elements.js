// Builds DOM nodes. Received text only ever becomes text nodes, never markup.

const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g // a browser draws them as boxes

const SVG = "http://www.w3.org/2000/svg"

export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue
    if (name === "class") node.className = value
    else if (name === "data") Object.assign(node.dataset, value)
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value)
    else node.setAttribute(name, value === true ? "" : value)
  }
  return filled(node, children)
}

// A node of a drawing; `class` and all else are attributes.
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value)
  }
  return filled(node, children)
}

function filled(node, children) {
  const shown = children.filter((child) => child !== null && child !== undefined && child !== "")
  node.append(...shown.map((child) => (typeof child === "string" ? child.replace(CONTROLS, " ") : child)))
  return node
}

// Puts other children into a node. Where the focus was in it, the new child of the same name (`data-name`) gets it.
export function refill(node, ...children) {
  const focused = node.getRootNode().activeElement
  const name = node.contains(focused) ? focused.dataset.name : undefined
  node.replaceChildren(...children)
  if (name !== undefined) node.querySelector(`[data-name="${CSS.escape(name)}"]`)?.focus({ preventScroll: true })
}

// The component's own root below Streamlit's mount point, made once per instance.
export function rootOf(parentElement, className) {
  // parentElement is a shadow root, in which the selector `:scope > ...` finds nothing
  let root = [...parentElement.children].find((child) => child.classList.contains(className))
  if (!root) {
    root = element("div", { class: className })
    parentElement.append(root)
  }
  return root
}
