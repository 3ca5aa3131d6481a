NAME cooling
ROWS
 N cost
 L ec.input.within[0]
 L ec.input.within[1]
 E el.balance[0]
 E el.balance[1]
 E cool.balance[0]
 E cool.balance[1]
 E warm.balance[0]
 E warm.balance[1]
 E heat.balance[0]
 E heat.balance[1]
COLUMNS
 ec.input[0] ec.input.within[0] 1
 ec.input[0] el.balance[0] -1
 ec.input[0] cool.balance[0] 5
 ec.input[0] warm.balance[0] 6
 ec.input[1] ec.input.within[1] 1
 ec.input[1] el.balance[1] -1
 ec.input[1] cool.balance[1] 4.5
 ec.input[1] warm.balance[1] 5.5
 ac.input[0] cool.balance[0] 0.7
 ac.input[0] heat.balance[0] -1
 ac.input[1] cool.balance[1] 0.7
 ac.input[1] heat.balance[1] -1
 ec cost 3
 ec ec.input.within[0] -0.2
 ec ec.input.within[1] -0.222222222222
RHS
BOUNDS
 UP BND ac.input[0] 7.14285714286
 UP BND ac.input[1] 7.14285714286
 LO BND ec 1
 UP BND ec 10
ENDATA
