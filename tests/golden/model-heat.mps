NAME heat
ROWS
 N cost
 L hp.input.within[0]
 L hp.input.within[1]
 L hx.input.within[0]
 L hx.input.within[1]
 L furnace.power.within[0]
 L furnace.power.within[1]
 L orc.input.within[0]
 L orc.input.within[1]
 E el.balance[0]
 E el.balance[1]
 E hot.balance[0]
 E hot.balance[1]
 E warm.balance[0]
 E warm.balance[1]
 E high.balance[0]
 E high.balance[1]
 E cold.balance[0]
 E cold.balance[1]
COLUMNS
 hp.input[0] hp.input.within[0] 1
 hp.input[0] el.balance[0] -1
 hp.input[0] hot.balance[0] 3
 hp.input[0] warm.balance[0] -2
 hp.input[1] hp.input.within[1] 1
 hp.input[1] el.balance[1] -1
 hp.input[1] hot.balance[1] 2.5
 hp.input[1] warm.balance[1] -1.5
 hx.input[0] hx.input.within[0] 1
 hx.input[0] hot.balance[0] -1
 hx.input[0] warm.balance[0] 0.97
 hx.input[1] hx.input.within[1] 1
 hx.input[1] hot.balance[1] -1
 hx.input[1] warm.balance[1] 0.97
 valve.input[0] hot.balance[0] 1.1
 valve.input[0] high.balance[0] -1
 valve.input[1] hot.balance[1] 1.1
 valve.input[1] high.balance[1] -1
 levels.hot-warm[0] hot.balance[0] -1
 levels.hot-warm[0] warm.balance[0] 1
 levels.hot-warm[1] hot.balance[1] -1
 levels.hot-warm[1] warm.balance[1] 1
 levels.warm-cold[0] warm.balance[0] -1
 levels.warm-cold[0] cold.balance[0] 1
 levels.warm-cold[1] warm.balance[1] -1
 levels.warm-cold[1] cold.balance[1] 1
 furnace.power[0] furnace.power.within[0] 1
 furnace.power[0] warm.balance[0] 1
 furnace.power[1] furnace.power.within[1] 1
 furnace.power[1] warm.balance[1] 1
 orc.input[0] orc.input.within[0] 1
 orc.input[0] el.balance[0] 0.1
 orc.input[0] hot.balance[0] -1
 orc.input[0] warm.balance[0] 0.9
 orc.input[1] orc.input.within[1] 1
 orc.input[1] el.balance[1] 0.1
 orc.input[1] hot.balance[1] -1
 orc.input[1] warm.balance[1] 0.9
 hp cost 3
 hp hp.input.within[0] -0.333333333333
 hp hp.input.within[1] -0.4
 hx cost 3
 hx hx.input.within[0] -1
 hx hx.input.within[1] -1
 furnace cost 3
 furnace furnace.power.within[0] -1
 furnace furnace.power.within[1] -1
 orc cost 3
 orc orc.input.within[0] -10
 orc orc.input.within[1] -10
RHS
BOUNDS
 UP BND valve.input[0] 5
 UP BND valve.input[1] 5
 UP BND furnace.power[0] 1
 UP BND furnace.power[1] 0.5
 LO BND hp 1
 UP BND hp 10
 LO BND hx 1
 UP BND hx 10
 LO BND furnace 1
 UP BND furnace 10
 LO BND orc 1
 UP BND orc 10
ENDATA
