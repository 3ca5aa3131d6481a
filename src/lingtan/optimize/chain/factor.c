/* Block Cholesky over the steps of a chain, with the border of global rows and columns carried along.
 *
 * M = A W Aᵀ is block tridiagonal in time. At each step: L (packed lower triangle), E = M(t,t-1) L₋₁⁻ᵀ (rows that look
 * back), and V = L⁻¹ of the border columns; S collects VᵀV. A border column costs nothing before it begins.
 */
#include "kernel.c"

#define ROW(r) ((r) * ((r) + 1) / 2)

/* what column c at step o/T brings to the border of row r, times av */
INLINE void to_border(const Problem *p, const Chain *ch, i64 c, i64 t, double av, double wc, double wq, double *restrict Vr,
                      i64 p0, i64 p1) {
    const i64 T = p->T;
    for (i64 k = p->Gp[c]; k < p->Gp[c + 1]; k++) Vr[ch->place[p->Gk[k]]] += av * wc * p->Gv[k * T + t];
    if (wq != 0.0) Vr[ch->place[p->K + p->g[c * T + t]]] += av * wq;
    for (i64 k = p0; k < p1; k++)
        if (p->Pt[k] == t && p->Pc[k] == c) Vr[ch->place[p->Pk[k]]] += av * wc * p->Pv[k];
}

/* one step of M (lower triangle, [R][R]), of E [nL][R] and of V [R][m], before elimination */
INLINE void assemble(const Problem *p, const Chain *ch, i64 t, const double *w, const double *q, double *restrict M,
                     double *restrict E, double *restrict V, const i64 *points) {
    const i64 T = p->T, R = p->R, m = ch->m;
    memset(M, 0, sizeof(double) * R * R);
    memset(E, 0, sizeof(double) * p->nL * R);
    memset(V, 0, sizeof(double) * R * m);
    for (i64 c = 0; c < p->n; c++) {
        const i64 o = c * T + t;
        const double wc = w[o];
        if (wc == 0.0) continue;
        const double wq = p->g[o] >= 0 ? wc * q[o] * p->beta[o] : 0.0;
        for (i64 i = p->Ap[c]; i < p->Ap[c + 1]; i++) {
            const double av = p->Av[i * T + t];
            if (av == 0.0) continue;
            double *Mr = M + p->Ar[i] * R;
            for (i64 j = p->Ap[c]; j <= i; j++) Mr[p->Ar[j]] += av * wc * p->Av[j * T + t]; /* rows ascend in a column */
            to_border(p, ch, c, t, av, wc, wq, V + p->Ar[i] * m, points[0], points[1]);
        }
    }
    for (i64 i = 0; t > ch->t0 && i < p->nB; i++) {
        const i64 c = p->Bc[i], r = p->Br[i], o = c * T + t - 1;
        const double bv = p->Bv[i * T + t], wc = w[o];
        if (wc == 0.0 || bv == 0.0) continue;
        const double wq = p->g[o] >= 0 ? wc * q[o] * p->beta[o] : 0.0;
        for (i64 j = p->Bp[c]; j <= i; j++) M[r * R + p->Br[j]] += bv * wc * p->Bv[j * T + t];
        for (i64 j = p->Ap[c]; j < p->Ap[c + 1]; j++) E[p->Li[r] * R + p->Ar[j]] += bv * wc * p->Av[j * T + t - 1];
        to_border(p, ch, c, t - 1, bv, wc, wq, V + r * m, points[0], points[1]);
    }
    for (i64 i = 0; i < p->nD; i++) {
        const double dv = p->Dv[i * T + t];
        if (dv != 0.0) V[p->Dr[i] * m + ch->place[p->K + p->Dj[i]]] += dv;
    }
    for (i64 i = points[2]; i < points[3]; i++)
        if (p->Qt[i] == t) V[p->Qr[i] * m + ch->place[p->K + p->Qj[i]]] += p->Qv[i];
}

/* E ← E L₋₁⁻ᵀ, M -= E Eᵀ, V -= E V₋₁ */
INLINE void look_back(const Problem *p, i64 m, i64 begun, const double *L1, const double *V1, double *restrict M,
                      double *restrict E, double *restrict V) {
    const i64 R = p->R;
    for (i64 i = 0; i < p->nL; i++) {
        double *Ei = E + i * R;
        for (i64 j = 0; j < R; j++) {
            const double *Lj = L1 + ROW(j);
            double s = Ei[j];
            for (i64 k = 0; k < j; k++) s -= Ei[k] * Lj[k];
            Ei[j] = s / Lj[j];
        }
    }
    for (i64 i = 0; i < p->nL; i++) {
        const double *Ei = E + i * R;
        for (i64 j = 0; j <= i; j++) {
            const double *Ej = E + j * R;
            double s = 0.0;
            for (i64 k = 0; k < R; k++) s += Ei[k] * Ej[k];
            M[p->Lr[i] * R + p->Lr[j]] -= s; /* rows that look back ascend */
        }
        double *restrict Vi = V + p->Lr[i] * m;
        for (i64 k = 0; k < R; k++) {
            const double e = Ei[k], *restrict Vk = V1 + k * m;
            if (e != 0.0)
                for (i64 c = 0; c < begun; c++) Vi[c] -= e * Vk[c];
        }
    }
}

/* L Lᵀ = M, V ← L⁻¹ V; a dependent row is left out: its pivot becomes so large that its multiplier stays */
INLINE void eliminate(i64 R, i64 m, i64 begun, const double *restrict M, double *restrict L, double *restrict V) {
    for (i64 j = 0; j < R; j++) {
        double *restrict Lj = L + ROW(j), *restrict Vj = V + j * m;
        for (i64 i = 0; i < j; i++) {
            const double *restrict Lk = L + ROW(i);
            double s = M[j * R + i];
            for (i64 k = 0; k < i; k++) s -= Lj[k] * Lk[k];
            Lj[i] = s / Lk[i];
        }
        double s = M[j * R + j];
        for (i64 k = 0; k < j; k++) s -= Lj[k] * Lj[k];
        Lj[j] = s > LOST * M[j * R + j] ? sqrt(s) : 1e64;
        for (i64 k = 0; k < j; k++) {
            const double l = Lj[k], *restrict Vk = V + k * m;
            if (l != 0.0)
                for (i64 c = 0; c < begun; c++) Vj[c] -= l * Vk[c];
        }
        const double d = 1.0 / Lj[j];
        for (i64 c = 0; c < begun; c++) Vj[c] *= d;
    }
}

/* L [steps][R(R+1)/2], E [steps][nL][R], V [steps][R][m]; S [m][m] gets VᵀV (lower triangle); M: room for R·R */
WIDE void factor(const Problem *p, const Chain *ch, const double *w, const double *q, double *L, double *E, double *V,
                 double *restrict S, double *M) {
    const i64 R = p->R, m = ch->m, sizeL = ROW(R), sizeE = p->nL * R;
    i64 points[4] = {0, 0, 0, 0};
    while (points[0] < p->nP && p->Pt[points[0]] < ch->t0) points[0]++;
    for (points[1] = points[0]; points[1] < p->nP && p->Pt[points[1]] < ch->t1;) points[1]++;
    while (points[2] < p->nQ && p->Qt[points[2]] < ch->t0) points[2]++;
    for (points[3] = points[2]; points[3] < p->nQ && p->Qt[points[3]] < ch->t1;) points[3]++;
    memset(S, 0, sizeof(double) * m * m);
    for (i64 t = ch->t0; t < ch->t1; t++) {
        const i64 o = t - ch->t0, begun = ch->begun[o];
        double *Lt = L + o * sizeL, *Et = E + o * sizeE, *restrict Vt = V + o * R * m;
        assemble(p, ch, t, w, q, M, Et, Vt, points);
        if (o) look_back(p, m, ch->begun[o - 1], Lt - sizeL, Vt - R * m, M, Et, Vt);
        eliminate(R, m, begun, M, Lt, Vt);
        for (i64 r = 0; r < R; r++) {
            const double *restrict Vr = Vt + r * m;
            for (i64 i = 0; i < begun; i++) {
                const double e = Vr[i];
                double *restrict Si = S + i * m;
                if (e != 0.0)
                    for (i64 j = 0; j <= i; j++) Si[j] += e * Vr[j];
            }
        }
    }
}

/* u ← L⁻¹ u through the chain, said [m] = Vᵀ u; u is [steps][R] */
WIDE void sweep_forward(const Problem *p, const Chain *ch, const double *L, const double *E, const double *V, double *u,
                        double *restrict said) {
    const i64 R = p->R, m = ch->m, sizeL = ROW(R), sizeE = p->nL * R, n = ch->t1 - ch->t0;
    memset(said, 0, sizeof(double) * m);
    for (i64 o = 0; o < n; o++) {
        double *restrict ut = u + o * R;
        const double *Lt = L + o * sizeL, *Et = E + o * sizeE;
        for (i64 i = 0; o && i < p->nL; i++) {
            double s = 0.0;
            for (i64 k = 0; k < R; k++) s += Et[i * R + k] * ut[k - R];
            ut[p->Lr[i]] -= s;
        }
        for (i64 j = 0; j < R; j++) {
            double s = ut[j];
            for (i64 k = 0; k < j; k++) s -= Lt[ROW(j) + k] * ut[k];
            ut[j] = s / Lt[ROW(j) + j];
        }
        for (i64 r = 0; r < R; r++) {
            const double e = ut[r], *restrict Vr = V + (o * R + r) * m;
            for (i64 c = 0; c < ch->begun[o]; c++) said[c] += e * Vr[c];
        }
    }
}

/* u ← L⁻ᵀ (u - V g) through the chain, backwards */
WIDE void sweep_backward(const Problem *p, const Chain *ch, const double *L, const double *E, const double *V,
                         const double *g, double *u) {
    const i64 R = p->R, m = ch->m, sizeL = ROW(R), sizeE = p->nL * R, n = ch->t1 - ch->t0;
    for (i64 o = n - 1; o >= 0; o--) {
        double *restrict ut = u + o * R;
        const double *Lt = L + o * sizeL, *En = E + (o + 1) * sizeE;
        for (i64 r = 0; r < R; r++) {
            const double *restrict Vr = V + (o * R + r) * m;
            double s[LANES] = {0};
            EACH(ch->begun[o], s[k] += Vr[t] * g[t];);
            ut[r] -= fold(s);
        }
        for (i64 i = 0; o + 1 < n && i < p->nL; i++) {
            const double x = ut[R + p->Lr[i]];
            for (i64 k = 0; k < R; k++) ut[k] -= En[i * R + k] * x;
        }
        for (i64 j = R - 1; j >= 0; j--) {
            const double x = ut[j] /= Lt[ROW(j) + j];
            for (i64 k = 0; k < j; k++) ut[k] -= Lt[ROW(j) + k] * x;
        }
    }
}

/* LU with row pivots of the border's matrix [m][m], in place; returns 0 if it is singular */
i64 border_factor(i64 m, double *S, i64 *pivot) {
    i64 good = 1;
    for (i64 j = 0; j < m; j++) {
        i64 b = j;
        for (i64 i = j + 1; i < m; i++)
            if (fabs(S[i * m + j]) > fabs(S[b * m + j])) b = i;
        pivot[j] = b;
        for (i64 k = 0; b != j && k < m; k++) {
            const double x = S[j * m + k];
            S[j * m + k] = S[b * m + k], S[b * m + k] = x;
        }
        if (S[j * m + j] == 0.0) S[j * m + j] = 1e64, good = 0;
        for (i64 i = j + 1; i < m; i++) {
            const double l = S[i * m + j] /= S[j * m + j];
            if (l != 0.0)
                for (i64 k = j + 1; k < m; k++) S[i * m + k] -= l * S[j * m + k];
        }
    }
    return good;
}

void border_solve(i64 m, const double *S, const i64 *pivot, double *b) {
    for (i64 j = 0; j < m; j++) {
        const double x = b[pivot[j]];
        b[pivot[j]] = b[j], b[j] = x;
    }
    for (i64 j = 0; j < m; j++)
        for (i64 i = j + 1; i < m; i++) b[i] -= S[i * m + j] * b[j];
    for (i64 j = m - 1; j >= 0; j--) {
        b[j] /= S[j * m + j];
        for (i64 i = 0; i < j; i++) b[i] -= S[i * m + j] * b[j];
    }
}

#ifndef MADE_FROM
#define MADE_FROM ""
#endif
const char *made_from = MADE_FROM;
