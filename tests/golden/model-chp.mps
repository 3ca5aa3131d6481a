NAME chp
ROWS
 N cost
 L bp.input.within[0]
 L bp.input.within[1]
 E el.balance[0]
 E el.balance[1]
 E heat.balance[0]
 E heat.balance[1]
 E gas.balance[0]
 E gas.balance[1]
 L bp.off[0]
 L bp.off[1]
 G bp.minimum-load[0]
 G bp.minimum-load[1]
 L bp.starts[0]
 L bp.starts[1]
 E bp.remember-up-1[0]
 E bp.remember-up-1[1]
 G bp.minimum-up[0]
 G bp.minimum-up[1]
 E bp.remember-down-1[0]
 E bp.remember-down-1[1]
 E bp.remember-on-1[0]
 E bp.remember-on-1[1]
 E bp.remember-on-2[0]
 E bp.remember-on-2[1]
 L bp.minimum-down[0]
 L bp.minimum-down[1]
 L ex.fuel[0]
 L ex.fuel[1]
 L ex.ramp-up[0]
 L ex.ramp-up[1]
 G ex.ramp-down[0]
 G ex.ramp-down[1]
COLUMNS
 bp.input[0] cost 0.2
 bp.input[0] bp.input.within[0] 1
 bp.input[0] el.balance[0] 0.35
 bp.input[0] heat.balance[0] 0.45
 bp.input[0] gas.balance[0] -1
 bp.input[0] bp.off[0] 0.35
 bp.input[0] bp.minimum-load[0] 0.35
 bp.input[1] cost 0.2
 bp.input[1] bp.input.within[1] 1
 bp.input[1] el.balance[1] 0.35
 bp.input[1] heat.balance[1] 0.45
 bp.input[1] gas.balance[1] -1
 bp.input[1] bp.off[1] 0.35
 bp.input[1] bp.minimum-load[1] 0.35
 MARKER2 'MARKER' 'INTORG'
 bp.on[0] bp.off[0] -10
 bp.on[0] bp.minimum-load[0] -4
 bp.on[0] bp.starts[0] 1
 bp.on[0] bp.starts[1] -1
 bp.on[0] bp.minimum-up[0] 1
 bp.on[0] bp.remember-on-1[1] -1
 bp.on[1] bp.off[1] -10
 bp.on[1] bp.minimum-load[1] -4
 bp.on[1] bp.starts[1] 1
 bp.on[1] bp.minimum-up[1] 1
 MARKER4 'MARKER' 'INTEND'
 bp.start[0] cost 2
 bp.start[0] bp.starts[0] -1
 bp.start[0] bp.remember-up-1[1] -1
 bp.start[0] bp.minimum-up[0] -1
 bp.start[0] bp.remember-down-1[1] -1
 bp.start[0] bp.minimum-down[0] 1
 bp.start[1] cost 4
 bp.start[1] bp.starts[1] -1
 bp.start[1] bp.minimum-up[1] -1
 bp.start[1] bp.minimum-down[1] 1
 bp.start-up-1[0] bp.remember-up-1[0] 1
 bp.start-up-1[0] bp.minimum-up[0] -1
 bp.start-up-1[1] bp.remember-up-1[1] 1
 bp.start-up-1[1] bp.minimum-up[1] -1
 bp.start-down-1[0] bp.remember-down-1[0] 1
 bp.start-down-1[0] bp.minimum-down[0] 1
 bp.start-down-1[1] bp.remember-down-1[1] 1
 bp.start-down-1[1] bp.minimum-down[1] 1
 bp.on-1[0] bp.remember-on-1[0] 1
 bp.on-1[0] bp.remember-on-2[1] -1
 bp.on-1[1] bp.remember-on-1[1] 1
 bp.on-2[0] bp.remember-on-2[0] 1
 bp.on-2[0] bp.minimum-down[0] 1
 bp.on-2[1] bp.remember-on-2[1] 1
 bp.on-2[1] bp.minimum-down[1] 1
 ex.condensing[0] cost 0.2
 ex.condensing[0] el.balance[0] 0.5
 ex.condensing[0] ex.fuel[0] 1
 ex.condensing[0] ex.ramp-up[0] 0.5
 ex.condensing[0] ex.ramp-up[1] -0.5
 ex.condensing[0] ex.ramp-down[0] 0.5
 ex.condensing[0] ex.ramp-down[1] -0.5
 ex.condensing[1] cost 0.2
 ex.condensing[1] el.balance[1] 0.5
 ex.condensing[1] ex.fuel[1] 1
 ex.condensing[1] ex.ramp-up[0] -0.5
 ex.condensing[1] ex.ramp-up[1] 0.5
 ex.condensing[1] ex.ramp-down[0] -0.5
 ex.condensing[1] ex.ramp-down[1] 0.5
 ex.extraction[0] cost 0.2
 ex.extraction[0] el.balance[0] 0.4
 ex.extraction[0] heat.balance[0] 0.35
 ex.extraction[0] ex.fuel[0] 1
 ex.extraction[0] ex.ramp-up[0] 0.5
 ex.extraction[0] ex.ramp-up[1] -0.5
 ex.extraction[0] ex.ramp-down[0] 0.5
 ex.extraction[0] ex.ramp-down[1] -0.5
 ex.extraction[1] cost 0.2
 ex.extraction[1] el.balance[1] 0.4
 ex.extraction[1] heat.balance[1] 0.35
 ex.extraction[1] ex.fuel[1] 1
 ex.extraction[1] ex.ramp-up[0] -0.5
 ex.extraction[1] ex.ramp-up[1] 0.5
 ex.extraction[1] ex.ramp-down[0] -0.5
 ex.extraction[1] ex.ramp-down[1] 0.5
 bp cost 3
 bp bp.input.within[0] -2.85714285714
 bp bp.input.within[1] -2.85714285714
 bp bp.minimum-load[0] -0.4
 bp bp.minimum-load[1] -0.4
 ex cost 3
 ex ex.fuel[0] -2
 ex ex.fuel[1] -2
 ex ex.ramp-up[0] -0.5
 ex ex.ramp-up[1] -0.5
 ex ex.ramp-down[0] 0.5
 ex ex.ramp-down[1] 0.5
RHS
 RHS bp.minimum-load[0] -4
 RHS bp.minimum-load[1] -4
 RHS bp.minimum-down[0] 1
 RHS bp.minimum-down[1] 1
BOUNDS
 UP BND bp.on[0] 1
 UP BND bp.on[1] 1
 UP BND bp.start[0] 1
 UP BND bp.start[1] 1
 UP BND bp.start-up-1[0] 1
 UP BND bp.start-up-1[1] 1
 UP BND bp.start-down-1[0] 1
 UP BND bp.start-down-1[1] 1
 UP BND bp.on-1[0] 1
 UP BND bp.on-1[1] 1
 UP BND bp.on-2[0] 1
 UP BND bp.on-2[1] 1
 UP BND ex.condensing[0] 20
 UP BND ex.condensing[1] 20
 UP BND ex.extraction[0] 20
 UP BND ex.extraction[1] 20
 LO BND bp 1
 UP BND bp 10
 LO BND ex 1
 UP BND ex 10
ENDATA
