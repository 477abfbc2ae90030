// Angles that people draw on a picture: one side is dragged to the corner, then the other from there.
import { atPoints, dot, strokeMark } from "./marks.js"

// Degrees at the middle one of three points, 0 to 180; pixels that are not square are reckoned with.
export function degreesAt([first, corner, last], { spacing_mm }) {
  const [rowSize, colSize] = spacing_mm ?? [1, 1]
  const [a, b] = [first, last].map((end) => ({ x: (end.col - corner.col) * colSize, y: (end.row - corner.row) * rowSize }))
  return (180 / Math.PI) * Math.abs(Math.atan2(a.x * b.y - a.y * b.x, a.x * b.x + a.y * b.y))
}

export const angle = {
  name: "Angle",
  nPoints: 3,
  more: "Now the other side: drag from the corner, or click where it ends",
  tell: ({ points }, frame) => (points.length === 3 ? [`${degreesAt(points, frame).toFixed(1)}°`] : []),
  draw: (context, points) =>
    strokeMark(context, (path) => {
      path.moveTo(points[0].x, points[0].y)
      for (const point of points.slice(1)) path.lineTo(point.x, point.y)
      for (const point of points) dot(path, point)
    }),
  ...atPoints,
}
