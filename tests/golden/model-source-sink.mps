NAME source-sink
ROWS
 N cost
 L in.power.within[0]
 L in.power.within[1]
 E el.balance[0]
 E el.balance[1]
COLUMNS
 in.power[0] cost 1
 in.power[0] in.power.within[0] 1
 in.power[0] el.balance[0] 1
 in.power[1] cost 0.5
 in.power[1] in.power.within[1] 1
 in.power[1] el.balance[1] 1
 out.power[0] cost -0.1
 out.power[0] el.balance[0] -1
 out.power[1] cost -0.1
 out.power[1] el.balance[1] -1
 in cost 3
 in in.power.within[0] -1
 in in.power.within[1] -0.5
RHS
 RHS el.balance[0] 1
 RHS el.balance[1] 0.5
BOUNDS
 LO BND in.power[0] 0.1
 LO BND in.power[1] 0.1
 UP BND out.power[0] 5
 UP BND out.power[1] 5
 LO BND in 1
 UP BND in 10
ENDATA
