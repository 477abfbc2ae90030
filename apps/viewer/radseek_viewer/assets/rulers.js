// Lengths that people draw on a picture.
import { atPoints, dot, strokeMark } from "./marks.js"

// Such as `23.4 mm`, of a shadow `23.4 mm at detector`; in pixels where the file does not tell how large one is.
export function lengthOf([from, to], { spacing_mm }, atDetector) {
  const [rowSize, colSize] = spacing_mm ?? [1, 1]
  const length = Math.hypot((to.col - from.col) * colSize, (to.row - from.row) * rowSize)
  return `${length < 100 ? length.toFixed(1) : Math.round(length)} ${spacing_mm ? (atDetector ? "mm at detector" : "mm") : "px"}`
}

export const ruler = {
  name: "Length",
  nPoints: 2,
  tell: ({ points }, frame, atDetector) => [lengthOf(points, frame, atDetector)],
  draw: (context, [from, to]) =>
    strokeMark(context, (path) => {
      path.moveTo(from.x, from.y)
      path.lineTo(to.x, to.y)
      dot(path, from)
      dot(path, to)
    }),
  ...atPoints,
}
