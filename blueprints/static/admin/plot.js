/**
 * A plot, drawn by Chart.js. It says in a sentence what it shows; the numbers themselves stand in the table below it.
 *
 * @typedef {"plain" | "soft" | "good" | "warn" | "bad"} Colour
 * @typedef {{name: string, values: (number | null)[], colour: Colour | Colour[]}} Series
 * @typedef {{kind: "bar" | "line", labels: string[], series: Series[], across?: boolean, stacked?: boolean,
 *   log?: boolean, unit: (value: number) => string, said: string}} Drawing
 */

const LINE_HEIGHT = 26;
const FRAME_HEIGHT = 64;
const FEWEST_LINES = 3;
const MIN_LABEL = 16;
/** Letters for each pixel of the plot's width. */
const LABEL_SHARE = 0.045;

/** @type {any} its own typings are not part of its bundle */
const Chart = /** @type {any} */ (globalThis).Chart;
const DARK = matchMedia("(prefers-color-scheme: dark)");

export class Plot {
  #place;
  #canvas;
  /** @type {any} */
  #chart = null;
  /** @type {Drawing | null} */
  #drawing = null;
  #onScheme = () => this.#draw();

  /**
   * @param {HTMLElement} place
   * @param {HTMLCanvasElement} canvas
   */
  constructor(place, canvas) {
    this.#place = place;
    this.#canvas = canvas;
    DARK.addEventListener("change", this.#onScheme);
  }

  /** @param {Drawing | null} drawing null: nothing to draw */
  show(drawing) {
    this.#drawing = drawing;
    this.#place.hidden = drawing === null;
    this.#draw();
  }

  close() {
    DARK.removeEventListener("change", this.#onScheme);
    this.#chart?.destroy();
    this.#chart = null;
  }

  #draw() {
    const drawing = this.#drawing;
    if (drawing === null) return;
    this.#canvas.setAttribute("aria-label", drawing.said);
    const lines = Math.max(FEWEST_LINES, drawing.labels.length * (drawing.stacked ? 1 : drawing.series.length));
    this.#place.style.height = drawing.across ? `${FRAME_HEIGHT + LINE_HEIGHT * lines}px` : "";
    const [data, options] = [dataOf(drawing), optionsOf(drawing)];
    if (this.#chart === null) {
      this.#chart = new Chart(this.#canvas, { type: drawing.kind, data, options });
      return;
    }
    this.#chart.data = data;
    this.#chart.options = options;
    this.#chart.update();
  }
}

/** @param {Drawing} drawing */
function dataOf(drawing) {
  return {
    labels: drawing.labels,
    datasets: drawing.series.map((series) => {
      const colours = Array.isArray(series.colour) ? series.colour.map(colour) : colour(series.colour);
      return {
        label: series.name,
        data: series.values,
        backgroundColor: colours,
        borderColor: colours,
        borderWidth: drawing.kind === "line" ? 2 : 0,
        pointRadius: drawing.kind === "line" && drawing.labels.length < 30 ? 2 : 0,
        pointHitRadius: 12,
        maxBarThickness: 28,
      };
    }),
  };
}

/** @param {Drawing} drawing */
function optionsOf(drawing) {
  const [ink, grid] = [css("--soft"), css("--line")];
  const values = {
    type: drawing.log ? "logarithmic" : "linear",
    beginAtZero: true,
    stacked: Boolean(drawing.stacked),
    border: { display: false },
    grid: { color: grid },
    ticks: { color: ink, maxTicksLimit: 6, precision: 0, callback: (/** @type {number} */ each) => drawing.unit(each) },
  };
  const names = {
    stacked: Boolean(drawing.stacked),
    border: { color: grid },
    grid: { display: false },
    ticks: {
      color: ink,
      maxRotation: 0,
      autoSkip: !drawing.across,
      autoSkipPadding: 12,
      /** @type {(this: any, value: number) => string} */
      callback(value) {
        return shortened(this.getLabelForValue(value), this.chart.width);
      },
    },
  };
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    indexAxis: drawing.across ? "y" : "x",
    interaction: { mode: "index", intersect: false, axis: drawing.across ? "y" : "x" },
    scales: drawing.across ? { x: values, y: names } : { x: names, y: values },
    plugins: {
      legend: {
        display: drawing.series.length > 1,
        position: "bottom",
        labels: { color: css("--text"), boxWidth: 12, boxHeight: 12 },
      },
      tooltip: {
        callbacks: {
          label: (/** @type {any} */ item) => `${item.dataset.label}: ${drawing.unit(item.raw)}`,
        },
      },
    },
  };
}

/**
 * So that names leave room for what is said of them.
 * @param {string} label
 * @param {number} width of the plot, in pixels
 */
function shortened(label, width) {
  const most = Math.max(MIN_LABEL, Math.round(width * LABEL_SHARE));
  return label.length > most ? `${label.slice(0, most - 1)}…` : label;
}

/** @param {Colour} name */
function colour(name) {
  return css(`--plot-${name}`);
}

/** @param {string} name */
function css(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
