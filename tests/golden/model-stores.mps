NAME stores
ROWS
 N cost
 L b.charge.within[0]
 L b.charge.within[1]
 L b.discharge.within[0]
 L b.discharge.within[1]
 L b.content.within[0]
 L b.content.within[1]
 L s.content.within[0]
 L s.content.within[1]
 L h.charge.within[0]
 L h.charge.within[1]
 L h.discharge.within[0]
 L h.discharge.within[1]
 L h.content.within[0]
 L h.content.within[1]
 G b.minimum-level[0]
 G b.minimum-level[1]
 E b.content-balance[0]
 E b.content-balance[1]
 E el.balance[0]
 E el.balance[1]
 E t.content-balance[0]
 E t.content-balance[1]
 E heat.balance[0]
 E heat.balance[1]
 E s.content-balance[0]
 E s.content-balance[1]
 E steam.balance[0]
 E steam.balance[1]
 E h.content-balance[0]
 E h.content-balance[1]
 E h2.balance[0]
 E h2.balance[1]
COLUMNS
 b.charge[0] cost 0.1
 b.charge[0] b.charge.within[0] 1
 b.charge[0] b.content-balance[0] -0.9
 b.charge[0] el.balance[0] -1
 b.charge[1] cost 0.1
 b.charge[1] b.charge.within[1] 1
 b.charge[1] b.content-balance[1] -0.45
 b.charge[1] el.balance[1] -1
 b.discharge[0] b.discharge.within[0] 1
 b.discharge[0] b.content-balance[0] 1.11111111111
 b.discharge[0] el.balance[0] 1
 b.discharge[1] b.discharge.within[1] 1
 b.discharge[1] b.content-balance[1] 0.555555555556
 b.discharge[1] el.balance[1] 1
 b.content[0] b.content.within[0] 1
 b.content[0] b.minimum-level[0] 1
 b.content[0] b.content-balance[0] 1
 b.content[0] b.content-balance[1] -0.994987437107
 b.content[1] b.content.within[1] 1
 b.content[1] b.minimum-level[1] 1
 b.content[1] b.content-balance[0] -0.99
 b.content[1] b.content-balance[1] 1
 t.charge[0] t.content-balance[0] -0.9
 t.charge[0] heat.balance[0] -1
 t.charge[1] t.content-balance[1] -0.45
 t.charge[1] heat.balance[1] -1
 t.discharge[0] t.content-balance[0] 1.11111111111
 t.discharge[0] heat.balance[0] 1
 t.discharge[1] t.content-balance[1] 0.555555555556
 t.discharge[1] heat.balance[1] 1
 t.content[0] t.content-balance[0] 1
 t.content[0] t.content-balance[1] -0.994987437107
 t.content[1] t.content-balance[1] 1
 s.charge[0] el.balance[0] -1
 s.charge[0] s.content-balance[0] -1
 s.charge[1] el.balance[1] -1
 s.charge[1] s.content-balance[1] -0.5
 s.discharge[0] s.content-balance[0] 1
 s.discharge[0] steam.balance[0] 1
 s.discharge[1] s.content-balance[1] 0.5
 s.discharge[1] steam.balance[1] 1
 s.content[0] s.content.within[0] 1
 s.content[0] s.content-balance[0] 1
 s.content[0] s.content-balance[1] -1
 s.content[1] s.content.within[1] 1
 s.content[1] s.content-balance[0] -1
 s.content[1] s.content-balance[1] 1
 h.charge[0] h.charge.within[0] 1
 h.charge[0] el.balance[0] -0.05
 h.charge[0] h.content-balance[0] -1
 h.charge[0] h2.balance[0] -1
 h.charge[1] h.charge.within[1] 1
 h.charge[1] el.balance[1] -0.05
 h.charge[1] h.content-balance[1] -0.5
 h.charge[1] h2.balance[1] -1
 h.discharge[0] h.discharge.within[0] 1
 h.discharge[0] h.content-balance[0] 1
 h.discharge[0] h2.balance[0] 1
 h.discharge[1] h.discharge.within[1] 1
 h.discharge[1] h.content-balance[1] 0.5
 h.discharge[1] h2.balance[1] 1
 h.content[0] h.content.within[0] 1
 h.content[0] h.content-balance[0] 1
 h.content[0] h.content-balance[1] -1
 h.content[1] h.content.within[1] 1
 h.content[1] h.content-balance[0] -1
 h.content[1] h.content-balance[1] 1
 b.energy cost 3
 b.energy b.content.within[0] -1
 b.energy b.content.within[1] -1
 b.energy b.minimum-level[0] -0.2
 b.energy b.minimum-level[1] -0.2
 b.power cost 1
 b.power b.charge.within[0] -1
 b.power b.charge.within[1] -1
 b.power b.discharge.within[0] -1
 b.power b.discharge.within[1] -1
 s.energy cost 3
 s.energy s.content.within[0] -1
 s.energy s.content.within[1] -1
 h cost 3
 h h.charge.within[0] -0.5
 h h.charge.within[1] -0.5
 h h.discharge.within[0] -0.5
 h h.discharge.within[1] -0.5
 h h.content.within[0] -1
 h h.content.within[1] -1
RHS
 RHS t.content-balance[0] 3.96
BOUNDS
 UP BND t.charge[0] 2
 UP BND t.charge[1] 2
 UP BND t.discharge[0] 2
 UP BND t.discharge[1] 2
 UP BND t.content[0] 8
 LO BND t.content[1] 2
 UP BND t.content[1] 8
 UP BND s.charge[0] 2
 UP BND s.charge[1] 2
 UP BND s.discharge[0] 2
 UP BND s.discharge[1] 2
 LO BND b.energy 1
 UP BND b.energy 10
 UP BND b.power 4
 LO BND s.energy 1
 UP BND s.energy 10
 LO BND h 1
 UP BND h 10
ENDATA
