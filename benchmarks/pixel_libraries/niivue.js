// Niivue over the viewer's own frames, behind the trial's five verbs. It knows volumes only. Either the stack is one volume of one
// slice, whose values each step replaces, so that the first slice is shown before the others are here; or, `whole`, it is one
// volume of all slices, as the library means it, and is shown when all are here.
import { Niivue, NVImage, SLICE_TYPE } from "@niivue/niivue"
import { decodeFrame } from "../../apps/viewer/radseek_viewer/assets/frames.js"

export async function open(root, { key, n, start, side_px, whole = false }) {
  const viewer = await emptyViewer(root, side_px)
  const { canvas } = viewer
  const frames = new Map()
  const load = async (slice) => {
    if (!frames.has(slice)) frames.set(slice, await fetchFrame(key, slice))
    return frames.get(slice)
  }
  const first = await load(start)
  if (whole) await inTurns(n, 4, load)
  const volume = await volumeOf(first, whole ? [...Array(n).keys()].map((slice) => frames.get(slice).codes) : [first.codes])
  if (whole) frames.clear() // the volume has them
  viewer.addVolume(volume)
  const show = async (slice) => {
    if (whole) {
      viewer.scene.crosshairPos = viewer.vox2frac([first.cols >> 1, first.rows >> 1, slice])
      viewer.drawScene()
    } else {
      volume.img.set((await load(slice)).codes)
      viewer.updateGLVolume()
    }
  }
  await show(start)
  return {
    canvas, viewer, volume, show, load: whole ? async () => {} : load,
    window: async (window) => {
      Object.assign(volume, { cal_min: low(window), cal_max: high(window) })
      viewer.updateGLVolume()
    },
    greys: () => {
      viewer.drawScene()
      return greysOf(viewer.gl, canvas)
    },
    pixel: () => {
      const { gl } = viewer
      const bytes = new Uint8Array(4)
      gl.readPixels(canvas.width >> 1, canvas.height >> 1, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, bytes)
      return bytes[0]
    },
  }
}

async function emptyViewer(root, side_px) {
  const canvas = document.createElement("canvas")
  const box = document.createElement("div")
  Object.assign(box.style, { width: `${side_px}px`, height: `${side_px}px`, display: "inline-block" })
  box.append(canvas)
  root.append(box)
  const viewer = new Niivue({
    backColor: [0, 0, 0, 1], crosshairWidth: 0, isOrientationTextVisible: false, isColorbar: false, isNearestInterpolation: true,
    isRadiologicalConvention: true, dragAndDropEnabled: false, logLevel: "error", sliceType: SLICE_TYPE.AXIAL, isAntiAlias: false, loadingText: "",
  })
  await viewer.attachToCanvas(canvas)
  return viewer
}

async function volumeOf(frame, slices) {
  const { rows, cols, spacing_mm, inverted } = frame
  const [rowSize, colSize] = spacing_mm ?? [1, 1]
  const values = new Int16Array(rows * cols * slices.length)
  for (const [place, codes] of slices.entries()) values.set(codes, place * rows * cols)
  const affine = [-colSize, 0, 0, 0, 0, -rowSize, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] // DICOM's left and back are NIfTI's right and front
  const file = NVImage.createNiftiArray([cols, rows, slices.length], [colSize, rowSize, 1], affine, 4, values)
  const [window] = frame.windows
  const volume = await NVImage.loadFromUrl({ url: "trial.nii", name: "trial.nii", buffer: file.buffer, colormap: "gray" })
  return Object.assign(volume, { cal_min: low(window), cal_max: high(window), colormapInvert: inverted })
}

function greysOf(gl, { width, height }) {
  const bytes = new Uint8Array(4 * width * height)
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, bytes)
  const upwards = (i) => (height - 1 - Math.floor(i / width)) * width + (i % width)
  return { width, height, greys: Array.from({ length: width * height }, (_, i) => bytes[4 * upwards(i)]) }
}

const low = ({ center, width, function: kind }) => (kind === "LINEAR_EXACT" ? center - width / 2 : center - 0.5 - (width - 1) / 2)
const high = ({ center, width, function: kind }) => (kind === "LINEAR_EXACT" ? center + width / 2 : center - 0.5 + (width - 1) / 2)

async function inTurns(n, atOnce, act) {
  let next = 0
  const work = async () => {
    while (next < n) await act(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

async function fetchFrame(key, slice) {
  const response = await fetch(`/radseek/frames/${key}/${slice}`, { credentials: "same-origin" })
  if (!response.ok) throw new Error("the frame cannot be fetched")
  return decodeFrame(await response.arrayBuffer())
}
