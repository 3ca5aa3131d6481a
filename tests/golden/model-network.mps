NAME network
ROWS
 N cost
 L pipe.forth.within[0]
 L pipe.forth.within[1]
 L pipe.back.within[0]
 L pipe.back.within[1]
 E a.balance[0]
 E a.balance[1]
 E b.balance[0]
 E b.balance[1]
COLUMNS
 pipe.forth[0] cost 0.05
 pipe.forth[0] pipe.forth.within[0] 1
 pipe.forth[0] a.balance[0] -1
 pipe.forth[0] b.balance[0] 0.9
 pipe.forth[1] cost 0.05
 pipe.forth[1] pipe.forth.within[1] 1
 pipe.forth[1] a.balance[1] -1
 pipe.forth[1] b.balance[1] 0.9
 pipe.back[0] cost 0.05
 pipe.back[0] pipe.back.within[0] 1
 pipe.back[0] a.balance[0] 0.9
 pipe.back[0] b.balance[0] -1
 pipe.back[1] cost 0.05
 pipe.back[1] pipe.back.within[1] 1
 pipe.back[1] a.balance[1] 0.9
 pipe.back[1] b.balance[1] -1
 pipe cost 3
 pipe pipe.forth.within[0] -1
 pipe pipe.forth.within[1] -1
 pipe pipe.back.within[0] -1
 pipe pipe.back.within[1] -1
RHS
 RHS a.balance[0] 0.2
 RHS a.balance[1] 0.2
BOUNDS
 LO BND pipe 1
 UP BND pipe 10
ENDATA
