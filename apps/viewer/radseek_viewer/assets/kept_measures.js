// The finished measures of pictures, and what each picture had before each change. Knows no page.

const MOST_STEPS = 50 // that can be taken back on one picture

export class KeptMeasures {
  #pictures = new Map() // picture -> { now: measures, oldest first; before: the same before each change; newest: name of the newest change }

  of(picture) {
    return this.#pictures.get(picture)?.now ?? []
  }

  add(picture, measure) {
    this.#become(picture, [...this.of(picture), measure])
  }

  // Changes that follow each other and have the same `name` are one to be taken back.
  replace(picture, old, measure, name = null) {
    this.#become(picture, this.of(picture).map((one) => (one === old ? measure : one)), name)
  }

  remove(picture, measure) {
    this.#become(picture, this.of(picture).filter((one) => one !== measure))
  }

  // Takes the newest change of a picture back, and tells whether there was one.
  back(picture) {
    const kept = this.#pictures.get(picture)
    if (!kept?.before.length) return false
    kept.now = kept.before.pop()
    kept.newest = null
    return true
  }

  clear() {
    this.#pictures.clear()
  }

  #become(picture, measures, name = null) {
    const kept = this.#pictures.get(picture) ?? { now: [], before: [], newest: null }
    if (name === null || name !== kept.newest) kept.before = [...kept.before, kept.now].slice(-MOST_STEPS)
    Object.assign(kept, { now: measures, newest: name })
    this.#pictures.set(picture, kept)
  }
}
