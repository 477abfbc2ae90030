// Canvases that have a pixel for each pixel of the screen, whatever the window, the monitor and the browser's zoom.

// Calls `changed` when the canvas has another size, or the screen under it another density. Returns what ends it.
export function onCanvasSize(canvas, changed) {
  const observer = new ResizeObserver(changed)
  observer.observe(canvas)
  let density = null
  const watchDensity = () => {
    density = matchMedia(`(resolution: ${devicePixelRatio}dppx)`)
    density.addEventListener("change", again)
  }
  const again = () => {
    density.removeEventListener("change", again)
    watchDensity()
    changed()
  }
  watchDensity()
  return () => {
    observer.disconnect()
    density.removeEventListener("change", again)
  }
}

// Gives a canvas as many pixels as the screen has for it, and tells how many there are for a CSS pixel.
export function fitPixels(canvas) {
  const density = window.devicePixelRatio || 1
  const size = { width: Math.round(canvas.clientWidth * density), height: Math.round(canvas.clientHeight * density) }
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size)
  return density
}
