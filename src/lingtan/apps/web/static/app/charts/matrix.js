// Targets by horizon, coloured by skill or by coverage.
export const option = (d, look, place) => {
  const pc = (v) => `${(v * 100).toFixed(0)} %`;
  const cover = d.what === "coverage", narrow = place.clientWidth < 520;
  const short = (t) => (narrow && t.length > 10 ? `${t.slice(0, 9)}…` : t.length > 24 ? `${t.slice(0, 23)}…` : t);
  return {
    grid: { left: 4, right: 8, top: 24, bottom: 52, containLabel: true },
    tooltip: { formatter: (p) => `${d.rows[p.value[1]]}\n${d.columns[p.value[0]]}: ${pc(p.value[2])}` },
    xAxis: { type: "category", data: d.columns, position: "top", axisLabel: { color: look.faint, interval: 0, fontSize: narrow ? 10 : 12 }, axisTick: { show: false }, axisLine: { show: false } },
    yAxis: { type: "category", data: d.rows, inverse: true, axisLabel: { color: look.ink, interval: 0, fontSize: 11, formatter: short }, axisTick: { show: false }, axisLine: { show: false } },
    visualMap: {
      type: "continuous", min: cover ? 0.7 : -0.5, max: cover ? 1 : 0.5, calculable: false, orient: "horizontal", left: "center", bottom: 0, itemHeight: 120, textStyle: { color: look.faint }, text: cover ? ["100 %", "70 %"] : [d.words.better, d.words.worse],
      inRange: { color: cover ? ["#d1495b", "#f2c14e", "#5fae90", "#f2c14e"] : ["#b23a48", "#f3d9b1", "#f7f7f4", "#9fd0bb", "#0b6e4f"] },
    },
    series: [{ type: "heatmap", animation: false, data: d.cells.map((c) => ({ value: c, label: { color: !cover && Math.abs(c[2]) > 0.36 ? "#fff" : "#14231d" } })), label: { show: true, fontSize: 10, formatter: (p) => pc(p.value[2]) }, itemStyle: { borderColor: "#fff", borderWidth: 1 } }],
  };
};
