NAME boilers
ROWS
 N cost
 L gas.input-0.within[0]
 L gas.input-0.within[1]
 L gas.input-1.within[0]
 L gas.input-1.within[1]
 E co2.balance[0]
 E co2.balance[1]
 E heat.balance[0]
 E heat.balance[1]
 E gas.balance[0]
 E gas.balance[1]
 L gas.ramp-up[0]
 L gas.ramp-up[1]
 G gas.ramp-down[0]
 G gas.ramp-down[1]
 E el.balance[0]
 E el.balance[1]
 L e.off[0]
 L e.off[1]
 G e.minimum-load[0]
 G e.minimum-load[1]
 L e.starts[0]
 L e.starts[1]
 E e.remember-up-1[0]
 E e.remember-up-1[1]
 G e.minimum-up[0]
 G e.minimum-up[1]
 E e.remember-down-1[0]
 E e.remember-down-1[1]
 E e.remember-on-1[0]
 E e.remember-on-1[1]
 E e.remember-on-2[0]
 E e.remember-on-2[1]
 L e.minimum-down[0]
 L e.minimum-down[1]
COLUMNS
 gas.input-0[0] gas.input-0.within[0] 1
 gas.input-0[0] co2.balance[0] 0.2
 gas.input-0[0] heat.balance[0] 0.9
 gas.input-0[0] gas.balance[0] -1
 gas.input-0[0] gas.ramp-up[0] 0.9
 gas.input-0[0] gas.ramp-up[1] -0.9
 gas.input-0[0] gas.ramp-down[0] 0.9
 gas.input-0[0] gas.ramp-down[1] -0.9
 gas.input-0[1] gas.input-0.within[1] 1
 gas.input-0[1] co2.balance[1] 0.2
 gas.input-0[1] heat.balance[1] 0.9
 gas.input-0[1] gas.balance[1] -1
 gas.input-0[1] gas.ramp-up[0] -0.9
 gas.input-0[1] gas.ramp-up[1] 0.9
 gas.input-0[1] gas.ramp-down[0] -0.9
 gas.input-0[1] gas.ramp-down[1] 0.9
 gas.input-1[0] gas.input-1.within[0] 1
 gas.input-1[0] co2.balance[0] 0.16
 gas.input-1[0] heat.balance[0] 0.72
 gas.input-1[0] gas.balance[0] -1
 gas.input-1[0] gas.ramp-up[0] 0.72
 gas.input-1[0] gas.ramp-up[1] -0.72
 gas.input-1[0] gas.ramp-down[0] 0.72
 gas.input-1[0] gas.ramp-down[1] -0.72
 gas.input-1[1] gas.input-1.within[1] 1
 gas.input-1[1] co2.balance[1] 0.16
 gas.input-1[1] heat.balance[1] 0.72
 gas.input-1[1] gas.balance[1] -1
 gas.input-1[1] gas.ramp-up[0] -0.72
 gas.input-1[1] gas.ramp-up[1] 0.72
 gas.input-1[1] gas.ramp-down[0] -0.72
 gas.input-1[1] gas.ramp-down[1] 0.72
 e.input[0] heat.balance[0] 0.98
 e.input[0] el.balance[0] -1
 e.input[0] e.off[0] 0.98
 e.input[0] e.minimum-load[0] 0.98
 e.input[1] heat.balance[1] 0.98
 e.input[1] el.balance[1] -1
 e.input[1] e.off[1] 0.98
 e.input[1] e.minimum-load[1] 0.98
 MARKER6 'MARKER' 'INTORG'
 e.on[0] e.off[0] -4
 e.on[0] e.minimum-load[0] -1.6
 e.on[0] e.starts[0] 1
 e.on[0] e.starts[1] -1
 e.on[0] e.minimum-up[0] 1
 e.on[0] e.remember-on-1[1] -1
 e.on[1] e.off[1] -4
 e.on[1] e.minimum-load[1] -1.6
 e.on[1] e.starts[1] 1
 e.on[1] e.minimum-up[1] 1
 MARKER8 'MARKER' 'INTEND'
 e.start[0] cost 2
 e.start[0] e.starts[0] -1
 e.start[0] e.remember-up-1[1] -1
 e.start[0] e.minimum-up[0] -1
 e.start[0] e.remember-down-1[1] -1
 e.start[0] e.minimum-down[0] 1
 e.start[1] cost 4
 e.start[1] e.starts[1] -1
 e.start[1] e.minimum-up[1] -1
 e.start[1] e.minimum-down[1] 1
 e.start-up-1[0] e.remember-up-1[0] 1
 e.start-up-1[0] e.minimum-up[0] -1
 e.start-up-1[1] e.remember-up-1[1] 1
 e.start-up-1[1] e.minimum-up[1] -1
 e.start-down-1[0] e.remember-down-1[0] 1
 e.start-down-1[0] e.minimum-down[0] 1
 e.start-down-1[1] e.remember-down-1[1] 1
 e.start-down-1[1] e.minimum-down[1] 1
 e.on-1[0] e.remember-on-1[0] 1
 e.on-1[0] e.remember-on-2[1] -1
 e.on-1[1] e.remember-on-1[1] 1
 e.on-2[0] e.remember-on-2[0] 1
 e.on-2[0] e.minimum-down[0] 1
 e.on-2[1] e.remember-on-2[1] 1
 e.on-2[1] e.minimum-down[1] 1
 gas cost 3
 gas gas.input-0.within[0] -0.666666666667
 gas gas.input-0.within[1] -0.666666666667
 gas gas.input-1.within[0] -0.555555555556
 gas gas.input-1.within[1] -0.555555555556
 gas gas.ramp-up[0] -0.5
 gas gas.ramp-up[1] -0.5
 gas gas.ramp-down[0] 0.5
 gas gas.ramp-down[1] 0.5
RHS
 RHS e.minimum-down[0] 1
 RHS e.minimum-down[1] 1
BOUNDS
 UP BND e.input[0] 4.08163265306
 UP BND e.input[1] 4.08163265306
 UP BND e.on[0] 1
 UP BND e.on[1] 1
 UP BND e.start[0] 1
 UP BND e.start[1] 1
 UP BND e.start-up-1[0] 1
 UP BND e.start-up-1[1] 1
 UP BND e.start-down-1[0] 1
 UP BND e.start-down-1[1] 1
 UP BND e.on-1[0] 1
 UP BND e.on-1[1] 1
 UP BND e.on-2[0] 1
 UP BND e.on-2[1] 1
 LO BND gas 1
 UP BND gas 10
ENDATA
