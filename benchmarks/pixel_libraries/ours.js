// The viewer's own stack, as the study page shows it, behind the trial's five verbs.

export async function open(root, { key, n, start, side_px }) {
  const { module, style } = await (await fetch("/try/viewer")).json()
  const { StackViewer } = await import(module)
  const sheet = document.createElement("style")
  sheet.textContent = style
  const box = document.createElement("div")
  box.className = "stack"
  box.style.width = `${side_px}px`
  root.append(sheet, box)
  const viewer = new StackViewer(box)
  box.querySelector(".picture").style.height = `${side_px}px`
  viewer.load(studyOf(key, n, start))
  const drawn = async (slice) => {
    const frame = await viewer.store.get(url(key, slice), "trial")
    while (viewer.viewport.frame !== frame || viewer.viewport.stale) await new Promise(requestAnimationFrame)
  }
  await drawn(start)
  const canvas = viewer.canvas
  return {
    canvas,
    show: (slice) => (viewer.showSlice(slice), drawn(slice)),
    load: (slice) => viewer.store.get(url(key, slice), `ahead${slice}`),
    window: (window) => {
      viewer.showWindow(window, viewer.viewport.inverted)
      return drawn(viewer.place.slice)
    },
    greys: () => greysOf(canvas.getContext("2d"), canvas),
    pixel: () => canvas.getContext("2d").getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1).data[0],
  }
}

const url = (key, slice) => `/radseek/frames/${key}/${slice}`

function studyOf(key, n, start) {
  const series = {
    label: "CT", n_slices: n, start_slice: start, modality: "CT", thumbnail: "", map: null, sentences: [], searched: [],
    depths_mm: [], normal: [], at_detector: false, frames: url(key, "{slice}"),
  }
  return { study_key: key, title: "Trial", synthetic: true, least_region_px: 16, start_series: 0, series: [series] }
}

export function greysOf(context, { width, height }) {
  const { data } = context.getImageData(0, 0, width, height)
  return { width, height, greys: Array.from({ length: width * height }, (_, i) => data[4 * i]) }
}
