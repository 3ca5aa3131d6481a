NAME limits
ROWS
 N cost
 E el.balance[0]
 E el.balance[1]
 L core
 L core.class
 L served
 L budget
 G share.least
 G share.most
COLUMNS
 in.power[0] cost 1
 in.power[0] el.balance[0] 1
 in.power[0] core 0.1
 in.power[0] core.class 0.2
 in.power[0] served 0.5
 in.power[0] budget 0.5
 in.power[0] share.least 0.9
 in.power[0] share.most -0.1
 in.power[1] cost 1
 in.power[1] el.balance[1] 1
 in.power[1] core 0.1
 in.power[1] core.class 0.2
 in.power[1] served 0.5
 in.power[1] budget 0.5
 in.power[1] share.least 0.4
 in.power[1] share.most 0.4
 rec cost 0.1
 rec core -0.5
 rec served -0.5
 rec budget -0.5
RHS
 RHS el.balance[0] 1
 RHS el.balance[1] 1
 RHS core -0.2
 RHS core.class 9
 RHS served 0.8
 RHS budget 4.8
RANGES
 RNG core.class 8.9
 RNG budget 10
BOUNDS
 UP BND in.power[0] 9
 UP BND in.power[1] 9
 UP BND rec 9
ENDATA
