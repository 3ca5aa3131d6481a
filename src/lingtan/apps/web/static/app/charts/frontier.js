// Cost against emissions; what the next ton costs as columns.
const say = (v, n = 0) => v.toLocaleString("en", { maximumFractionDigits: n });
export const option = (d, look) => {
  const points = [...d.points].sort((a, b) => a[0] - b[0]);
  return {
    grid: { left: 16, right: 16, top: 60, bottom: 30, containLabel: true },
    legend: { top: 0, left: 0, textStyle: { color: look.ink } },
    tooltip: { trigger: "axis", formatter: (ps) => { const p = points[ps[0].dataIndex]; if (!p) return ""; return `${say(p[0])} tCO₂\n${d.words.cost}: ${say(p[1], 1)} ${d.unit}${p[2] === null ? "" : `\n${d.words.marginal}: ${say(p[2])} ${d.words["per-ton"]}`}`; } },
    xAxis: { type: "value", min: 0, max: (r) => Math.ceil(r.max * 1.04), name: `${d.words.emissions}（tCO₂）`, nameLocation: "middle", nameGap: 28, nameTextStyle: { color: look.faint }, axisLabel: { color: look.faint, formatter: (v) => say(v) }, splitLine: { show: false }, axisLine: { lineStyle: { color: look.line } } },
    yAxis: [
      { type: "value", name: d.unit, scale: true, nameTextStyle: { color: look.faint, align: "left" }, axisLabel: { color: look.faint, formatter: (v) => say(v) }, splitLine: { lineStyle: { color: look.line } } },
      { type: "value", name: d.words["per-ton"], nameTextStyle: { color: look.faint, align: "right" }, axisLabel: { color: look.faint, formatter: (v) => say(v) }, splitLine: { show: false } },
    ],
    series: [
      { name: d.words.marginal, type: "bar", yAxisIndex: 1, data: points.map((p) => [p[0], p[2]]), barWidth: 22, itemStyle: { color: "#b9d8cc" } },
      { name: d.words.cost, type: "line", data: points.map((p) => [p[0], p[1]]), symbolSize: 9, lineStyle: { width: 2.5 }, itemStyle: { color: look.palette[0] } },
    ],
  };
};
