/* The inner loops of the chain method. The mathematics stands in docs/optimization.md, the algorithm in method.py.
 *
 * Every sum is taken in eight fixed lanes and nothing is contracted or reordered, so that the same input gives the same
 * digits on every machine. Arrays of columns lie as [column][step], arrays of rows as [row][step].
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

typedef int64_t i64;
typedef int32_t i32;

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif
#define INLINE static inline __attribute__((always_inline))
#define LANES 8
#define CHUNK 1024
#define LOST 1e-15 /* a pivot this far below its diagonal is a dependent row */

/* mirrored in native.py */
typedef struct {
    i64 T, n, R, K, J;         /* steps, columns, rows a step, global rows, global columns */
    i64 nA, nB, nG, nD, nP, nQ, nU, nL;
    const i64 *Ar, *Ac, *Ap;   /* entries of step rows, by column; Ap: first entry of each column */
    const double *Av;          /* [nA][T] */
    const i64 *Br, *Bc, *Bp;   /* the same for values one step before; 0 at the first step of a chain */
    const double *Bv;
    const i64 *Gk, *Gc, *Gp;   /* entries of global rows that reach over all steps */
    const double *Gv;
    const i64 *Dr, *Dj;        /* global columns in step rows */
    const double *Dv;
    const i64 *Pk, *Pc, *Pt;   /* single entries of global rows, by step */
    const double *Pv;
    const i64 *Qr, *Qj, *Qt;   /* single entries of global columns in step rows, by step */
    const double *Qv;
    const i64 *Uc, *Ua, *Ub, *Ug; /* runs of at most CHUNK steps of a column under one global column, or -1 */
    const i64 *Lr, *Li;        /* rows that look back, and their place among these or -1 */
    const double *c, *u, *beta, *a, *h, *box; /* cost, constant bound, share; active, bounded; bound for the proof */
    const i32 *g;              /* global column that bounds each value, or -1 */
} Problem;

/* one chain and the border columns that reach into it */
typedef struct {
    i64 t0, t1, m;
    const i64 *border;         /* [m] place in the whole border: global rows first, then global columns */
    const i64 *place;          /* [K+J] place in this chain's border or -1 */
    const i64 *begun;          /* [t1-t0] how many of the m have begun */
} Chain;

INLINE double fold(const double *s) { return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7])); }
INLINE double most(const double *s) {
    double m = s[0];
    for (int k = 1; k < LANES; k++) m = s[k] > m ? s[k] : m;
    return m;
}
INLINE double lower(double a, double b) { return a < b ? a : b; }
INLINE double upper(double a, double b) { return a > b ? a : b; }

/* a loop over len steps in lanes: the body uses t (offset) and k (lane) */
#define EACH(len, ...)                                                                \
    do {                                                                              \
        i64 t_ = 0;                                                                   \
        for (; t_ + LANES <= (len); t_ += LANES)                                      \
            for (int k = 0; k < LANES; k++) { const i64 t = t_ + k; __VA_ARGS__ }     \
        for (int k = 0; t_ + k < (len); k++) { const i64 t = t_ + k; __VA_ARGS__ }    \
    } while (0)

/* r = A x + B x₋₁ + D y, gr = G x (the global columns of global rows are added by the caller) */
WIDE void rows_times(const Problem *p, const double *restrict x, const double *y, double *restrict r, double *restrict gr) {
    const i64 T = p->T;
    memset(r, 0, sizeof(double) * p->R * T);
    for (i64 b = 0; b < T; b += CHUNK) {
        const i64 e = lower(b + CHUNK, T);
        for (i64 i = 0; i < p->nA; i++) {
            const double *v = p->Av + i * T, *xc = x + p->Ac[i] * T;
            double *ra = r + p->Ar[i] * T;
            for (i64 t = b; t < e; t++) ra[t] += v[t] * xc[t];
        }
        for (i64 i = 0; i < p->nB; i++) {
            const double *v = p->Bv + i * T, *xc = x + p->Bc[i] * T - 1;
            double *ra = r + p->Br[i] * T;
            for (i64 t = b ? b : 1; t < e; t++) ra[t] += v[t] * xc[t];
        }
        if (y)
            for (i64 i = 0; i < p->nD; i++) {
                const double *v = p->Dv + i * T, w = y[p->Dj[i]];
                double *ra = r + p->Dr[i] * T;
                for (i64 t = b; t < e; t++) ra[t] += v[t] * w;
            }
    }
    if (y)
        for (i64 i = 0; i < p->nQ; i++) r[p->Qr[i] * T + p->Qt[i]] += p->Qv[i] * y[p->Qj[i]];
    for (i64 k = 0; k < p->K; k++) gr[k] = 0.0;
    for (i64 i = 0; i < p->nG; i++) {
        const double *restrict v = p->Gv + i * T, *restrict xc = x + p->Gc[i] * T;
        double s[LANES] = {0};
        EACH(T, s[k] += v[t] * xc[t];);
        gr[p->Gk[i]] += fold(s);
    }
    for (i64 i = 0; i < p->nP; i++) gr[p->Pk[i]] += p->Pv[i] * x[p->Pc[i] * T + p->Pt[i]];
}

/* gy = Dᵀ l, what step rows say to global columns */
WIDE void globals_times(const Problem *p, const double *restrict l, double *restrict gy) {
    const i64 T = p->T;
    for (i64 j = 0; j < p->J; j++) gy[j] = 0.0;
    for (i64 i = 0; i < p->nD; i++) {
        const double *restrict v = p->Dv + i * T, *restrict la = l + p->Dr[i] * T;
        double s[LANES] = {0};
        EACH(T, s[k] += v[t] * la[t];);
        gy[p->Dj[i]] += fold(s);
    }
    for (i64 i = 0; i < p->nQ; i++) gy[p->Qj[i]] += p->Qv[i] * l[p->Qr[i] * T + p->Qt[i]];
}

/* d = (Aᵀ l + Bᵀ l₊₁ + Gᵀ lg) of one run of a column */
INLINE void prices_of(const Problem *p, const double *l, const double *lg, i64 c, i64 b, i64 e, double *restrict d) {
    const i64 T = p->T, len = e - b;
    for (i64 t = 0; t < len; t++) d[t] = 0.0;
    for (i64 i = p->Ap[c]; i < p->Ap[c + 1]; i++) {
        const double *v = p->Av + i * T + b, *la = l + p->Ar[i] * T + b;
        for (i64 t = 0; t < len; t++) d[t] += v[t] * la[t];
    }
    for (i64 i = p->Bp[c]; i < p->Bp[c + 1]; i++) {
        const double *v = p->Bv + i * T + b + 1, *la = l + p->Br[i] * T + b + 1;
        const i64 n = e < T ? len : len - 1;
        for (i64 t = 0; t < n; t++) d[t] += v[t] * la[t];
    }
    for (i64 i = p->Gp[c]; i < p->Gp[c + 1]; i++) {
        const double *v = p->Gv + i * T + b, w = lg[p->Gk[i]];
        for (i64 t = 0; t < len; t++) d[t] += v[t] * w;
    }
    for (i64 i = 0; i < p->nP; i++)
        if (p->Pc[i] == c && p->Pt[i] >= b && p->Pt[i] < e) d[p->Pt[i] - b] += p->Pv[i] * lg[p->Pk[i]];
}

/* Residuals of the dual rows and of the bounds, the sums of complementarity and cost, and the pieces of the bound.
 * out: Σ(xz+sv), cost, Σ bound pieces, max |rd|, max |ru|, Σ bound pieces without cost (proof of infeasibility) */
WIDE void residuals(const Problem *p, const double *l, const double *lg, const double *x, const double *z, const double *s,
                    const double *v, const double *y, double *rd, double *ru, double *accv, double *accb, double *accf,
                    double *out) {
    const i64 T = p->T;
    double d[CHUNK], mu[LANES] = {0}, obj[LANES] = {0}, lb[LANES] = {0}, nd[LANES] = {0}, nu[LANES] = {0}, lf[LANES] = {0};
    for (i64 j = 0; j < p->J; j++) accv[j] = accb[j] = accf[j] = 0.0;
    for (i64 i = 0; i < p->nU; i++) {
        const i64 c = p->Uc[i], b = p->Ua[i], e = p->Ub[i], g = p->Ug[i], o = c * T + b;
        const double *restrict xc = x + o, *restrict zc = z + o, *restrict sc = s + o, *restrict vc = v + o;
        const double *restrict co = p->c + o, *restrict a = p->a + o, *restrict h = p->h + o, *restrict u = p->u + o;
        const double *restrict be = p->beta + o, *restrict bx = p->box + o;
        double *restrict rdc = rd + o, *restrict ruc = ru + o;
        const double yg = g >= 0 ? y[g] : 0.0;
        double sv[LANES] = {0}, sb[LANES] = {0}, sf[LANES] = {0};
        prices_of(p, l, lg, c, b, e, d);
        EACH(e - b, {
            const double r = co[t] - d[t], res = a[t] * (zc[t] - vc[t] - r);
            const double m = a[t] * lower(r, 0.0), f = a[t] * lower(-d[t], 0.0);
            const double w = h[t] * (u[t] + be[t] * yg - xc[t] - sc[t]);
            rdc[t] = res;
            ruc[t] = w;
            nd[k] = upper(nd[k], fabs(res));
            nu[k] = upper(nu[k], fabs(w));
            mu[k] += a[t] * xc[t] * zc[t] + h[t] * sc[t] * vc[t];
            obj[k] += co[t] * xc[t];
            lb[k] += m * bx[t];
            lf[k] += f * bx[t];
            sv[k] += be[t] * vc[t];
            sb[k] += be[t] * m;
            sf[k] += be[t] * f;
        });
        if (g >= 0) accv[g] += fold(sv), accb[g] += fold(sb), accf[g] += fold(sf);
    }
    out[0] = fold(mu), out[1] = fold(obj), out[2] = fold(lb), out[3] = most(nd), out[4] = most(nu), out[5] = fold(lf);
}

/* w = the diagonal weights (x and its bound folded), q = v/s, acch: what the bounds add to each global column,
 * gg [K][K] and gj [K][J]: global rows among themselves and against global columns */
WIDE void weights(const Problem *p, const double *x, const double *z, const double *s, const double *v, double *w, double *q,
                  double *acch, double *gg, double *gj) {
    const i64 T = p->T, K = p->K, J = p->J;
    memset(acch, 0, sizeof(double) * J);
    memset(gg, 0, sizeof(double) * K * K);
    memset(gj, 0, sizeof(double) * K * J);
    for (i64 i = 0; i < p->nU; i++) {
        const i64 c = p->Uc[i], b = p->Ua[i], e = p->Ub[i], g = p->Ug[i], o = c * T + b;
        const double *restrict xc = x + o, *restrict zc = z + o, *restrict sc = s + o, *restrict vc = v + o;
        const double *restrict a = p->a + o, *restrict be = p->beta + o;
        double *restrict wc = w + o, *restrict qc = q + o, sh[LANES] = {0};
        EACH(e - b, {
            const double zx = zc[t] / xc[t], qq = vc[t] / sc[t], ww = a[t] / (zx + qq);
            wc[t] = ww;
            qc[t] = qq;
            sh[k] += be[t] * be[t] * qq * zx * ww;
        });
        if (g >= 0) acch[g] += fold(sh);
        for (i64 m = p->Gp[c]; m < p->Gp[c + 1]; m++) {
            const double *restrict gm = p->Gv + m * T + b;
            for (i64 m2 = p->Gp[c]; m2 <= m; m2++) {
                const double *restrict g2 = p->Gv + m2 * T + b;
                double sg[LANES] = {0};
                EACH(e - b, sg[k] += gm[t] * wc[t] * g2[t];);
                const double f = fold(sg);
                gg[p->Gk[m] * K + p->Gk[m2]] += f;
                if (m2 != m) gg[p->Gk[m2] * K + p->Gk[m]] += f;
            }
            if (g < 0) continue;
            double sj[LANES] = {0};
            EACH(e - b, sj[k] += gm[t] * wc[t] * qc[t] * be[t];);
            gj[p->Gk[m] * J + g] += fold(sj);
        }
        for (i64 m = 0; m < p->nP; m++) {
            if (p->Pc[m] != c || p->Pt[m] < b || p->Pt[m] >= e) continue;
            const i64 t = p->Pt[m] - b;
            const double pw = p->Pv[m] * wc[t];
            for (i64 m2 = p->Gp[c]; m2 < p->Gp[c + 1]; m2++) {
                const double f = pw * p->Gv[m2 * T + b + t];
                gg[p->Pk[m] * K + p->Gk[m2]] += f;
                gg[p->Gk[m2] * K + p->Pk[m]] += f;
            }
            for (i64 m2 = 0; m2 < p->nP; m2++)
                if (p->Pc[m2] == c && p->Pt[m2] == p->Pt[m]) gg[p->Pk[m] * K + p->Pk[m2]] += pw * p->Pv[m2];
            if (g >= 0) gj[p->Pk[m] * J + g] += pw * qc[t] * be[t];
        }
    }
}

/* f, w·f, and what the right-hand sides say to the global columns */
WIDE void right_hand(const Problem *p, const double *x, const double *s, const double *v, const double *w, const double *q,
                     const double *rd, const double *ru, const double *rxz, const double *rsv, double *f, double *wf,
                     double *acc) {
    const i64 T = p->T;
    memset(acc, 0, sizeof(double) * p->J);
    for (i64 i = 0; i < p->nU; i++) {
        const i64 c = p->Uc[i], b = p->Ua[i], e = p->Ub[i], g = p->Ug[i], o = c * T + b;
        const double *restrict xc = x + o, *restrict sc = s + o, *restrict vc = v + o, *restrict wc = w + o;
        const double *restrict qc = q + o, *restrict be = p->beta + o, *restrict rdc = rd + o, *restrict ruc = ru + o;
        const double *restrict rx = rxz + o, *restrict rs = rsv + o;
        double *restrict fc = f + o, *restrict wfc = wf + o, sa[LANES] = {0};
        EACH(e - b, {
            const double k1 = (rs[t] - vc[t] * ruc[t]) / sc[t], ff = rdc[t] + rx[t] / xc[t] - k1, pf = wc[t] * ff;
            fc[t] = ff;
            wfc[t] = pf;
            sa[k] += be[t] * (k1 + qc[t] * pf);
        });
        if (g >= 0) acc[g] += fold(sa);
    }
}

/* The directions of x, s, z, v from those of the multipliers and global columns; out: largest -dx/x and -dz/z */
WIDE void direction(const Problem *p, const double *dl, const double *dlg, const double *dy, const double *x, const double *z,
                    const double *s, const double *v, const double *w, const double *q, const double *f, const double *ru,
                    const double *rxz, const double *rsv, double *dx, double *ds, double *dz, double *dv, double *out) {
    const i64 T = p->T;
    double d[CHUNK], mp[LANES] = {0}, md[LANES] = {0};
    for (i64 i = 0; i < p->nU; i++) {
        const i64 c = p->Uc[i], b = p->Ua[i], e = p->Ub[i], g = p->Ug[i], o = c * T + b;
        const double *restrict xc = x + o, *restrict zc = z + o, *restrict sc = s + o, *restrict vc = v + o;
        const double *restrict wc = w + o, *restrict qc = q + o, *restrict fc = f + o, *restrict ruc = ru + o;
        const double *restrict rx = rxz + o, *restrict rs = rsv + o, *restrict be = p->beta + o, *restrict h = p->h + o;
        double *restrict dxc = dx + o, *restrict dsc = ds + o, *restrict dzc = dz + o, *restrict dvc = dv + o;
        const double yg = g >= 0 ? dy[g] : 0.0;
        prices_of(p, dl, dlg, c, b, e, d);
        EACH(e - b, {
            const double bd = be[t] * yg, ex = wc[t] * (fc[t] + qc[t] * bd + d[t]);
            const double ez = (rx[t] - zc[t] * ex) / xc[t], es = h[t] * (ruc[t] + bd - ex);
            const double ev = (rs[t] - vc[t] * es) / sc[t];
            dxc[t] = ex;
            dzc[t] = ez;
            dsc[t] = es;
            dvc[t] = ev;
            mp[k] = upper(mp[k], upper(-ex / xc[t], -es / sc[t]));
            md[k] = upper(md[k], upper(-ez / zc[t], -ev / (vc[t] + 1.0 - h[t])));
        });
    }
    out[0] = most(mp), out[1] = most(md);
}

/* Σ (x+αp dx)(z+αd dz) over columns and their bounds */
WIDE double complementarity(const Problem *p, const double *x, const double *z, const double *s, const double *v,
                            const double *dx, const double *dz, const double *ds, const double *dv, double ap, double ad) {
    const i64 N = p->n * p->T;
    const double *restrict a = p->a, *restrict h = p->h;
    double m[LANES] = {0};
    EACH(N, m[k] += a[t] * (x[t] + ap * dx[t]) * (z[t] + ad * dz[t]) + h[t] * (s[t] + ap * ds[t]) * (v[t] + ad * dv[t]););
    return fold(m);
}

INLINE double nearer(double product, double lo, double hi) {
    const double high = upper(hi - product, -hi);
    return product < lo ? lo - product : (product > hi ? high : 0.0);
}

/* The right-hand sides of complementarity. mode 0: towards 0; 1: towards the target, second order taken off;
 * 2: r0 and a push of outlying products back to [target/10, 10 target] */
WIDE void aim(const Problem *p, i64 mode, double target, double tp, double td, const double *x, const double *z,
              const double *s, const double *v, const double *dx, const double *dz, const double *ds, const double *dv,
              const double *rxz0, const double *rsv0, double *restrict rxz, double *restrict rsv) {
    const i64 N = p->n * p->T;
    const double *restrict a = p->a, *restrict h = p->h;
    const double lo = 0.1 * target, hi = 10.0 * target;
    if (mode == 0)
        for (i64 t = 0; t < N; t++) rxz[t] = -a[t] * x[t] * z[t], rsv[t] = -h[t] * s[t] * v[t];
    else if (mode == 1)
        for (i64 t = 0; t < N; t++)
            rxz[t] = a[t] * (target - x[t] * z[t] - dx[t] * dz[t]), rsv[t] = h[t] * (target - s[t] * v[t] - ds[t] * dv[t]);
    else
        for (i64 t = 0; t < N; t++) {
            rxz[t] = rxz0[t] + a[t] * nearer((x[t] + tp * dx[t]) * (z[t] + td * dz[t]), lo, hi);
            rsv[t] = rsv0[t] + h[t] * nearer((s[t] + tp * ds[t]) * (v[t] + td * dv[t]), lo, hi);
        }
}

/* w += step · dw */
WIDE void advance(i64 N, double step, double *restrict w, const double *restrict dw) {
    for (i64 t = 0; t < N; t++) w[t] += step * dw[t];
}
