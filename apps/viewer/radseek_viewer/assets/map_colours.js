// Colours and shapes of a map's groups: told apart without colour vision by shape, legible on dark and light ground.
// Hues after Okabe and Ito, darker on light ground; ordered ones after viridis.

export const OTHER = 254
export const GREY = 255

const COLOURS = {
  dark: {
    groups: ["#56b4e9", "#e69f00", "#00b383", "#f0e442", "#e0708f", "#d5dbe3", "#4f86e0", "#b993e6"],
    ordered: ["#5b5fc0", "#3f7fb8", "#2f98a0", "#22ab8a", "#4cc26c", "#86d549", "#c2df23", "#fde725"],
    stated: ["#f0a050", "#d9c43c", "#a98fd0", "#4fa9e0"],
    other: "#8b96a5",
    grey: "#4a5561",
  },
  light: {
    groups: ["#0072b2", "#c25400", "#00795a", "#8a6d00", "#b0407c", "#1f2630", "#5a3fb0", "#3f8fa8"],
    ordered: ["#440154", "#482878", "#3e4a89", "#31688e", "#26828e", "#1f9183", "#2c9a63", "#5c9a20"],
    stated: ["#b35900", "#8a7a00", "#6d4fa0", "#1d6fa8"],
    other: "#6b7683",
    grey: "#b6bfc9",
  },
}

const SHAPES = ["circle", "square", "up", "diamond", "plus", "down", "cross", "ring"]

export function colourOf(code, scale, theme) {
  const colours = COLOURS[theme]
  if (code === GREY) return colours.grey
  return code === OTHER ? colours.other : colours[scale][code % colours[scale].length]
}

export const shapeOf = (code) => (code < SHAPES.length ? SHAPES[code] : "circle")

// The shape of a group as a path around (0, 0), with the area of a circle of radius r.
export function shapePath(shape, r) {
  const path = new Path2D()
  const polygon = (corners) => {
    for (const [place, [x, y]] of corners.entries()) path[place ? "lineTo" : "moveTo"](x * r, y * r)
    path.closePath()
  }
  const bars = [[-0.35, -1.2], [0.35, -1.2], [0.35, -0.35], [1.2, -0.35], [1.2, 0.35], [0.35, 0.35], [0.35, 1.2], [-0.35, 1.2],
    [-0.35, 0.35], [-1.2, 0.35], [-1.2, -0.35], [-0.35, -0.35]]
  if (shape === "square") polygon([[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]])
  else if (shape === "up") polygon([[0, -1.35], [1.2, 0.8], [-1.2, 0.8]])
  else if (shape === "down") polygon([[0, 1.35], [1.2, -0.8], [-1.2, -0.8]])
  else if (shape === "diamond") polygon([[0, -1.3], [1.1, 0], [0, 1.3], [-1.1, 0]])
  else if (shape === "plus") polygon(bars)
  else if (shape === "cross") polygon(bars.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]))
  else {
    path.arc(0, 0, r, 0, 2 * Math.PI)
    if (shape === "ring") path.arc(0, 0, r * 0.45, 0, 2 * Math.PI, true)
  }
  return path
}

// Whether the ground is dark, by the theme's own colour.
export function themeOf(node) {
  const probe = getComputedStyle(node).getPropertyValue("--st-background-color")
  return brightness(rgbOf(probe)) < 128 ? "dark" : "light"
}

// "#rrggbb" or anything else that a canvas understands, as [red, green, blue].
export function rgbOf(colour) {
  const context = document.createElement("canvas").getContext("2d")
  context.fillStyle = colour.trim()
  context.fillRect(0, 0, 1, 1)
  return [...context.getImageData(0, 0, 1, 1).data.subarray(0, 3)]
}

const brightness = ([r, g, b]) => 0.3 * r + 0.59 * g + 0.11 * b
