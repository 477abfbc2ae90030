// Cornerstone3D's stack viewport over the viewer's own frames, behind the trial's five verbs.
import { cache, Enums, imageLoader, init, metaData, RenderingEngine, utilities } from "@cornerstonejs/core"
import { decodeFrame } from "../../apps/viewer/radseek_viewer/assets/frames.js"

const frames = new Map()
let started = null
let opened = 0

export async function open(root, { key, n, start, side_px }) {
  started ??= begin()
  await started
  const element = document.createElement("div")
  Object.assign(element.style, { width: `${side_px}px`, height: `${side_px}px`, display: "inline-block" })
  root.append(element)
  const name = `trial${opened++}`
  const engine = new RenderingEngine(name)
  engine.enableElement({ viewportId: name, element, type: Enums.ViewportType.STACK })
  const viewport = engine.getViewport(name)
  const rendered = (change) => new Promise((done) => {
    element.addEventListener(Enums.Events.IMAGE_RENDERED, () => done(), { once: true })
    change()
  })
  const ids = Array.from({ length: n }, (_, slice) => `radseek:${key}/${slice}`)
  await rendered(() => viewport.setStack(ids, start).then(() => viewport.render()))
  const { canvas } = viewport
  return {
    canvas, viewport, element, engine,
    show: (slice) => rendered(() => viewport.setImageIdIndex(slice)),
    load: (slice) => imageLoader.loadAndCacheImage(ids[slice]),
    window: ({ center, width, function: kind = "LINEAR" }) => rendered(() => {
      const voiRange = utilities.windowLevel.toLowHighRange(width, center, kind)
      // its way without WebGL knows no function at all, and throws when it is told one
      viewport.setProperties(kind === "LINEAR" && viewport.useCPURendering ? { voiRange } : { VOILUTFunction: kind, voiRange })
      viewport.render()
    }),
    sharp: () => rendered(() => {
      viewport.setProperties({ interpolationType: Enums.InterpolationType.NEAREST })
      viewport.render()
    }),
    greys: () => greysOf(canvas.getContext("2d"), canvas),
    pixel: () => canvas.getContext("2d").getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1).data[0],
  }
}

function begin() {
  imageLoader.registerImageLoader("radseek", (id) => ({ promise: loadFrame(id) }))
  metaData.addProvider((kind, id) => describe(kind, frames.get(id)), 10_000)
  cache.setMaxCacheSize(1024 * 1024 * 1024)
  return init(globalThis.trialOptions ?? {})
}

async function loadFrame(id) {
  const response = await fetch(`/radseek/frames/${id.slice("radseek:".length)}`, { credentials: "same-origin" })
  if (!response.ok) throw new Error("the frame cannot be fetched")
  const frame = decodeFrame(await response.arrayBuffer())
  frames.set(id, { ...frame, codes: null })
  const [first] = frame.windows
  const [rowSize, colSize] = frame.spacing_mm ?? [1, 1]
  const { rows, cols, slope, intercept, codes } = frame
  const voxelManager = utilities.VoxelManager.createImageVoxelManager({ width: cols, height: rows, numberOfComponents: 1, scalarData: codes, id })
  return {
    imageId: id, rows, columns: cols, height: rows, width: cols, slope, intercept, color: false, rgba: false, numberOfComponents: 1,
    columnPixelSpacing: colSize, rowPixelSpacing: rowSize, invert: frame.inverted, sizeInBytes: codes.byteLength,
    photometricInterpretation: frame.inverted ? "MONOCHROME1" : "MONOCHROME2",
    windowCenter: first.center, windowWidth: first.width, voiLUTFunction: first.function,
    minPixelValue: (frame.min - intercept) / slope, maxPixelValue: (frame.max - intercept) / slope,
    dataType: "Int16Array", voxelManager, getPixelData: () => codes, getCanvas: undefined,
    preScale: { enabled: true, scaled: slope === 1 && intercept === 0, scalingParameters: { rescaleSlope: slope, rescaleIntercept: intercept } },
  }
}

function describe(kind, frame) {
  if (!frame) return undefined
  const [rowSize, colSize] = frame.spacing_mm ?? [1, 1]
  if (kind === "imagePixelModule")
    return {
      bitsAllocated: 16, bitsStored: 16, highBit: 15, pixelRepresentation: 1, samplesPerPixel: 1, rows: frame.rows, columns: frame.cols,
      photometricInterpretation: frame.inverted ? "MONOCHROME1" : "MONOCHROME2",
    }
  if (kind === "imagePlaneModule")
    return {
      frameOfReferenceUID: "1.2.3", rows: frame.rows, columns: frame.cols, imageOrientationPatient: [1, 0, 0, 0, 1, 0], rowCosines: [1, 0, 0],
      columnCosines: [0, 1, 0], imagePositionPatient: [0, 0, 0], pixelSpacing: [rowSize, colSize], rowPixelSpacing: rowSize, columnPixelSpacing: colSize,
    }
  if (kind === "generalSeriesModule") return { modality: "CT", seriesInstanceUID: "1.2.4" }
  if (kind === "voiLutModule") return { windowCenter: frame.windows[0].center, windowWidth: frame.windows[0].width }
  if (kind === "modalityLutModule") return { rescaleSlope: frame.slope, rescaleIntercept: frame.intercept }
  return undefined
}

function greysOf(context, { width, height }) {
  const { data } = context.getImageData(0, 0, width, height)
  return { width, height, greys: Array.from({ length: width * height }, (_, i) => data[4 * i]) }
}
