// A calendar of hours: days across, hours of the day upwards.
export const option = (d, look) => {
  const first = Date.parse(`${d.first}T00:00:00Z`), days = Math.ceil(d.cells.length / 24);
  const names = Array.from({ length: days }, (_, i) => new Date(first + i * 86_400_000).toISOString().slice(5, 10));
  const known = d.cells.filter((v) => v !== null).sort((a, b) => a - b);
  const at = (share) => known[Math.min(known.length - 1, Math.floor(share * known.length))];
  return {
    grid: { left: 8, right: 12, top: 28, bottom: 62, containLabel: true },
    tooltip: { formatter: (p) => `${names[p.value[0]]} ${String(p.value[1]).padStart(2, "0")}:00\n${p.value[2].toLocaleString("en", { maximumFractionDigits: 1 })} ${d.unit}` },
    xAxis: { type: "category", data: names, axisLabel: { color: look.faint, interval: (i) => names[i].endsWith("-01"), formatter: (v) => v.slice(0, 2) }, axisTick: { show: false }, axisLine: { show: false } },
    yAxis: { type: "category", name: d.words.hour, nameTextStyle: { color: look.faint, align: "left" }, data: Array.from({ length: 24 }, (_, i) => i), axisLabel: { color: look.faint, interval: 5 }, axisTick: { show: false }, axisLine: { show: false } },
    visualMap: { min: Math.min(0, at(0.01)), max: at(0.99), calculable: true, orient: "horizontal", left: "center", bottom: 0, itemHeight: 140, precision: 0, text: [d.unit, ""], textStyle: { color: look.faint }, inRange: { color: ["#f3f7f5", "#b9d8cc", "#5fae90", "#f2c14e", "#e07a3f", "#a4243b"] } },
    series: [{ type: "heatmap", animation: false, progressive: 0, progressiveThreshold: 1e9, data: d.cells.flatMap((v, i) => (v === null ? [] : [[Math.floor(i / 24), i % 24, v]])) }],
  };
};
