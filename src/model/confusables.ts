// Made by scripts/confusables.mjs from Unicode's confusables.txt, version 17.0.0: do not edit.
// SPDX-License-Identifier: Unicode-3.0
// © 2025 Unicode®, Inc. Data file under the Unicode License v3, https://www.unicode.org/license.txt

/**
 * The letters that look like others, for the comparison key of names (UTS 39, section 4), reduced to what is left of a
 * name after NFKC, case folding and NFD, and settled: no twin holds a letter that has a twin of its own. An entry is
 * `distance.twin[.twin…]` in base 36: how far the letter's code point is from the one before, then what it looks like.
 * Digits and Latin letters only, so that no editor shows it in another order.
 */
export const packedConfusables = `
1c.33 1.30 1k.30 4.36.32 3d.2p.2t a.2s.mt 8.33.mw 6.34 j.2s.mt m.2w.mt a.30 7.2z a.30.mw 9.32.mh 8.33.2t k.38.mt
p.2q.mt 3.2q.lg 2.2q 3.2r.13 4.2s.lg 1.2v 5.2u 7.2z.lw 1.30.mt 1.i4.mw 3.32.mh 7.34.lw 3.1e 5.38.lw 7.3d.lw 2.3e.mt
5.1e.mt 2.37 2.34 1.30 1.30.30 2.x y.2v.mt 1k.1f 6.1k 2.3e.me i.2y 5.2r.mw 6.1r 5.2t.mw 2.2y.mt 4.36.mt 2.3d.mt 2.2p
2.2q.lw 3.2s.mt 1.2s.lw 2.d9 1.d9.ke 1.2t 1.1f 4.2v.lw 1.2v 1.2v 1.3d 3.2w.lw 2.30.mt 1.30 1.30 1.30.ms 2.30.mg
1.30.1f 1.3b 1.3s3 1.36.32.me 1.32.me 1.32.mg 1.32 1.33.mt 1.33.2t 6.36.mh 1.36.mg 3.36 2.37.mg 5.wk5 1.38.mg 1.39.mt
2.39 2.36.32 2.3d 1.3e.mg 2.1f 1.1f 1.1r 1.x5b 4.2q 3.2w 1.2y 2.30 1.35.lw 3.2s.3e 1.2s.1f 1.2s.i9 1.38.37 1.38.hv
1.38.gl 1.2u.32.mh 1.30.37 1.30.3e e.13 1.13.13 1.13 1.13 1.13 1.13 1.121 7.2m 2.13 2.13 1.13 5.1m u.13.13 n.lg 7.li
1.19s 3.li.lj 1.le 4.lv 2.18w 3.5bd 6.mp 1.me 1.mg 5.me f.mt 1.mw 2.me 9.lf 5.mr 1.1hiy f.nk 1.lj e.lm 8.li 3.8s6
6.5qm 4.gk 2.x1b 1g.2p 1.2q 1.3d 1.1i 1.2t 1.3e 1.2w 1.33.mt 1.30 1.2z 1.i4 1.36.32 1.32 2.33 2.34 2.33 1.38 1.3d 1.hk
1.3c k.33 2.2u 8.uf 4.1e 4.33 6.2y 5.34 3.36.32 1h.2p 1.1i 1.2q 1.36 2.2t 2.1f 1.5qm 2.2z 1.i4 1.36.32 1.2w 1.33 1.qo
1.34 1.2r 1.38 1.3d 1.hk 1.3c 3.3b 2.jt.2q 1.2q.30 1.2q 2.30.33 1.5qx 5.2t 1.37 1.30 2.2y 3.2w.mt 4.39.mh 2.3b 2.2q.mt
e.qw 2.33.mt 2.3a 8.3b.w6.w7 e.5qm.me.li 2.2q.mt 4.36.13 2.36.mt 4.ty.mh 2.1f.me 2.2z.mh 4.2z.mt 4.2w.mh 8.2r.me
2.38.mh 2.3d 2.3d.mt 2.3c.mh 8.2w 2.2t 2.2t.mg 7.i4.me 2.2w.me 2.2w.me 2.xj 2.36.32.me 1.30 6.2p.2t 4.d9 8.1f 8.33.mt
o.2s a.b9 2.2v 4.2t a.35 2.3b 1w.3b 2.35 3.35 5.3ou 3.1i 2.2w 2.32.mh 2.3k6 1.2y 3.32 2.3s3 2.32 1.39 2.37 2.2v 1.30
1.hk 1.2u 1.33 n.ld 1.ld 7.13u 4.13t 5.13q 1.13s 1.lm 5.mb 5.lj 1.lj 7.lj 1.lj 2.lj 1.mb g.30 3.3a 1.13 6.30 2.33
f.30.30 1.30.13 1.13.13 12.ld 1.lv 1.18w d.30 4.18p.1cr 9.183.1cr 9.18p.le 2.18p.1cr 8.33 3.18p 1.ln 3.ld 1.lv 3.lm
1.lf 3.mh 1.lu 1.li 1.lg 1.li 1.le 1.mb 1.lw 2.191 1.1a 1.30 4.33 2.3a 1.i4 6.18p 1.1b5 3.30.19w 1.30.191 6.18p.179
1.17u 4.18p.1cr 3.17x.190 4.17x.1cr 3.17z.179 3.1ai.179 3.17z.1cr 1.17z.1cr 2.181.179 1.181.li 6.181.1cr 6.185.1cr
1.187.1cr 5.1b5.1cr 3.18h 1.1b5.1cr 1.18j 1.18j 3.18j.1cr 7.1bj.1cr 1.18k.li 2.18k.1cr 3.18p 1.18p.179 2.18p.1cr 1.33
3.33 2.17t 3.18o.li 1.18o.lv 1.18o.19s 1.18o.le 2.18o.1cr 1.18p 2.18p.li 2.1a3 1.18p.1cr 1.18p 3.33 a.lm 9.li.lj 4.lj
2.17z.le 1.181.le 1.1a 1.30 1.19e 1.19f 1.19g 1.33 1.19i 1.3a 1.i4 1.19l 6.33.le 1t.lj 1.lj 1.1fg 5.ld a.17s.1cr
1.18p.1cr 4.18p.li c.1bg 1.18j.1cr 4.1g4 1.18m.179 1.18m.li 3.181.190 5.1av.179 1.17x.190 c.183.le 1u.33 a.30 x.lg
2.lj 1.le 5.lk 1.13 1.13 5.2n 45.18p.lm i.17s.190 3.1b6.1cr 3.18l.1cr 1.18p.190 1.1g4 5.17z.mc.mb 1.185.mc.mb 1.1bj
1.18o 1.182.le 4.17s.1cy 1.18p.1cr.1cy 2.181.li.lj 1.18p.li.lj 1.1b5 1.1b5 1.18p 1.18p.1cr.li 1.17u.li 1.18p.179.li
1.1ae.li 1.18j.li z.18s 3.18s 2.lj 1.lk 2.mb 1.mc 2.ln 1.18s 1.18t 1.lv 5.nk 1.no 1.np 5.nk 1.nm 1.li.lj 1.lj 1.1m
1.1s5.1ty 2.1s5.1tq 2.1tc.1u5.1s7 5.1sf.li 1.1sf.1ty 2.1sf.1jz8 1.1s5.1tq.li 1.1s5.1tq.1ty 1.1s5.1tq.1jz8
1.1s5.1tq.1u0 13.1tq.1tm 1.mb 3.1xb 6.li 2.1jz8 2.1tq.li 9.mp 1.lc 1.ld 2.1jz6 1.1jz7 f.33 1.19l 2.1f 9.1s5.li
1.1s5.1tm 1.1s5.1tq.1tm 1.1s5.1u7 8.1r 4.li.lj 5.1vp.1xa 1i.mb 10.1vv.1xf 1.1vv.1xf 5.33 4.1k 3.1l 3.1ww i.lj 1.1vn
3.1z9.20u 1.1t6.1u5.1sv.1xb 1.1t6.1u5.1sv.20w 1.22b.1jz6 1.22b.1jz7 5.1t6.1u5.1sv.1jz8 1.1z9.1u0 4.1z9.218 1.1th
7.1t0.1u5.1t0 3.1sv 1.1sw 4.1s9 3.1t6 4.1sy 3.1t9 7.1tl 3.1ta 4.mb 3.1xb 2.1jz6 1.1jz7 5.1jz8 1.1u0 3.1ty 2.1u5 p.33
1.1l 3.1k 8.1t6.1u5.1sv f.li.lj 1.lj 1.1m 3.22t.24e 7.22t.24l 2.22t.24n 1.22t.24o 1.22t.24e.24l 2.22t.24e.24n
1.22t.24e.24o m.uf 6.1uw c.mb 1.1tp 4.1tt 1.1tu b.1u5 p.33 2.1uw 1.1f 1.1uy 1.uf 3.1v2 j.li.lj 2.1k 3.26d.27y q.33
s.mb 16.33 2.1l q.lm 8.2a1.2b7 i.2a8 k.2a0 8.2ba 6.2a0 a.2ax 5.lj a.2b7 f.33 1.2ad 1.2a1 2.2ai 1.2a0.2bl 1.2ai.2bl
1.2a6 1.29x i.li.lj 2.33 1.1vn g.2du.2fp 1.2du.2fg 2.2hi.mb a.2eo.14s 2.2e9.mb 3.2ef.14s 8.2ek.mb 1.2et.2f5 9.2et.mb
2.2et.2f2 9.2f5.2f2 2.2f7.2f2 s.2dn.2f2 1.2do.2f2 5.33 r.li.lj 1.33 1.1vn 2.2dh 1.2di 1.2dj 9.2ds 2.2du 1.2du.2fp
1.2du.2fg 3.2dz 5.2e4 1.2e5 1.2e6 1.2e7 4.2eb 3.2ee 2.2eg 7.2en 1.2eo 1.2ep 1.2eq 1.2er c.2f3 2.2f5 2.2f7 p.2fw
5.2h8.2im 5.33 1.2g7 1.2g8 7.2gf i.li.lj 1.33 1.1vn 5.2kn.2mv 1.2a1 1.2a1.2mv 2.2lk.2m9 4.2bq.2ku 3.2ky.2m6 1.2ky.2mv
2.2b9 3.2lk.2m9 3.2a8 3.37 1.33 3.2ar 2.2b2 c.2ls 3.2b8 2.2ba 4.2an.2bj 5.2bj 1.2bj 2.2m9 1.2m9 3.2bq 1.2br 1.2bq.2bq
6.1v5 h.33.2ls.33 2.2la 5.33 4.2ls.2ml 1.2li.2ml.2ls 1.2lk.2ml.2lk 1.1l 1.2lx.2ml.2ls 1.2lk.2ml b.2ar.2ml 1.2lk.2ml
1.2ls.2ml 1.2lu.2ml 1.2lv.2ml 4.33 1.1vn a.2pv.2qg 5.2oh.2q2 1.2oh.2qh y.2oh 1.2or 3.2ok 7.2ow 4.2pj 11.2qw.2q7 1.2oy
1.2pb 4.2qw.2qb k.2rm 8.2ru 4.2ry 5.2ro 1.2ro 2.2s1 a.2rq 5.2sg r.2tc.2tc 4.2sy 8.lm 3.33 1k.2rs 5.2si d.2sa 1.2sb
2.2sd 1.2se 1.2sf p.2t4 1.2t5 f.2tk 1.2tl 1.2tm 1.2tn 2.lm 3.33 1c.31k.324.326 1j.md 1f.31e h.322.322 2.324.324
3n.2ls.370 2.2ls 2.2r c.33.370 d.33 2.36d.370 4.2ls.370.37d.2ls.370 6.36m.37g 1.36m.37g.287.370.37e 7.287 5.lm 2.1vn
8.33 q.2r 7.36j.37i 4.37l 1.36d.37i 9.36d.370.37i 1.35v.37i e.399.37i 3.2ls.37i 2e.33.370 1.2ls f.3d c.1f c.33
2.3cw.3cw 3.3cz.3cz 4.3d3.3d3 2.3d5.3d5 3.3d8.3d8 6.3cy.3cw 1.3cy.3cy 1.3cy.3cz 1.3cy.3d3 1.3cz.3cw 1.3d1.3cy
1.3d1.3d1 1.3d1.3de 1.3d1.3d7 1.3d2.3d3 1.3d2.3d7 1.3d3.3cw 1.3d3.3cy 1.3d3.3cz 1.3d3.3d5 1.3d3.3d5.3cw 1.3d3.3d5.3cz
1.3d3.3d5.3d3 1.3d3.3d5.3d5 1.3d3.3d5.3d8 1.3d3.3d8 1.3d3.3da 1.3d3.3dc 1.3d3.3dd 1.3d3.3d7 1.3d3.3d3.3d7 1.3d5.3cw
1.3d5.3cy 1.3d5.3cz 1.3d5.3d1 1.3d5.3d2 1.3d5.3d3 1.3d5.3d3.3cw 1.3d5.3d5.3d5 1.3d5.3d7 1.3d5.3d8 1.3d5.3da 1.3d5.3db
1.3d5.3dc 1.3d5.3dd 1.3d1.3de 2.3ek.3ek 2.3em.3em 2.3d7.3cw 1.3d7.3cz 1.3d7.3d2 1.3d7.3d3 1.3d7.3d5 1.3d7.3eo
1.3d7.3d7 1.3d7.3d8 1.3d7.3da 1.3d7.3dc 1.3d7.3dd 2.3d8.3d7 2.3f2.3f2 2.3f4.3f4 1.3da.3db 1.3da.3de 3.3dd.3d3
1.3dd.3d7 1.3de.3de 2.3cw.3cz 1.3cy.3d5 1.3cy.3d8 1.3cy.3de 1.3cz.3d1 4.3fl.ffs 2.3fn.ffs 2.3fp.ffs 2.3fr.ffs
2.3ft.3fl 1.3ft.3fl.ffs 1.3ft.ffs 3.3fy.3fp 1.3fy.3fp.ffs 1.3fy.ffs 2.9oc 1.9oc.ffs 1.ffs 1.3fl.3ft 1.3fl.3fy
1.3fn.3ft 1.3fn.3fx 1.3fp.3ft 1.3fp.3fy 1.3fp.9oc 1.3fr.3ft 1.3fr.3fy 1.3ft.3fp 1.3ft.3fp.ffs 1.3ft.3fr.ffs 1.3ft.3ft
1.3ft.3fy 1.3fx.3fn 1.3fx.3fn.ffs 1.3fx.3fn 1.3fx.3ft 1.3fx.ffs 1.3fy.3fl 1.3fy.3fl.ffs 1.3fy.3fp.9oc 1.3fy.3fr.ffs
1.3fy.3fy 1.3g2.3fl 1.3g2.3fp 1.3g2.3fp.ffs 1.3g2.3fr 1.3g2.3fr.ffs 1.3g2.3fy 1.3g2.ffs 1.9oc.3fy 1.9oc.9oc
1.9oc.ffs.3fy 1.ffs.3fl 1.ffs.3fn 1.ffs.3ft 1.ffs.3fy 1.ffs.9oc 1.ffs.3ha 2.3ha.3fp 1.3ha.3fy 1.3ha.ffs 1.3ha.3ha
1.3fl.9oc 1.3fn.3fy 1.3fr.3fn 1.3ft.3fn 1.3ft.3fn.ffs 1.3cw 1.3cw.3cw 1.3cw.3d5 1.3cy 1.3cy.3d8 1.3cy.3de 1.3cz 1.3d1
1.3d1.3cw 1.3d1.3d2 1.3d1.3d3 1.3d1.3d5 1.3d1.3dc 1.3d1.3dd 1.3d1.3de 1.3d2 1.3d3 1.3d3.3d5 1.3d5 1.3d5.3d5 1.3d7
1.3d8 1.3da 1.3db 1.3dc 1.3dd 1.3de 1.3cw.3d1 1.3cw.3d5.3cw 1.3cy.3cw 1.3cy.3cz 1.3cy.3d5 1.3cy.3eo 1.3cy.3dc
1.3cz.3cw 1.3cz.3d1 1.3d1.3cw.3d5 1.3d1.3cy 1.3d1.3cz 1.3d1.3cz.3de 1.3d1.3d1 1.3d1.3d2.3cw 1.3d1.3d2.3d5
1.3d1.3d3.3d5 1.3d1.3d3.3de 1.3d1.3d3.3d7 1.3d1.3d5.3d5 1.3d1.3eo 1.3d1.3db 1.3d1.3fd 1.3d2.3cw 1.3d2.3d1 1.3d2.3d3
1.3d2.3d5 1.3d2.3d5.3d5 1.3d2.3eo 1.3d2.3da 1.3d2.3de 1.3d2.3d7 1.3d3.3d1 1.3d3.3dd 1.3d3.3de 1.3d3.3d7 1.3d5.3cw
1.3d5.3cz 1.3d5.3d1 1.3d5.3d3 1.3eo 1.3d7.3cw 1.3d7.3cw.3cw 1.3d7.3d7 1.3d7.3db 1.3f0 1.3d7.3d5 1.3d7.3eo 1.3dd.3d3
1.3dd.3d7 1.3de.3cy 1.3de.3d1 1.3de.3d2 1.3de.3d3 1.3fd 1.3cw.3cy 1.3cw.3d3 1.3cw.3da 1.3cw.3db 1.3cw.3de 1.3cy.3cy
1.39 z.3s3 t.hk w.32 1g.12p 1o.33 88.37.37 2.2w.lw 1.2v 1.2q 7.1i 9.53.3y9 1.3y9.53 1.53.1i 1.1i.53 1.53.3yc 1.3yc.53
1.53.3yd 1.3yd.53 1.53.3ye 1.3ye.53 2.53.3yi 1.3yi.53 1.53.3yj 1.3yj.53 d.53 4.3y9.3z4 1.1i.3z4 1.3yd.3z4 1.3yi.3z4
1.3a 2.i4 2.1q 4.53.1q 1.1o 2.53.3a 1.3a.53 1.53.i4 1.i4.53 1.53.3zm 1.3zm.53 1.53.1q 1.1q.53 1.53.3zo 1.3zo.53
1.53.1o 1.1o.53 1.53.3zt 1.3zt.53 3.13 2.39 2.32 6.53.40g 3.53.39 1.39.53 1.53.32 1.32.53 1.53.40f 1.40f.53 1.53.40g
1.40g.53 1.53.40h 1.40h.53 1.53.40l 1.40l.53 1.53.40m 1.40m.53 3.39.13 1.32.13 1.40g.13 1.40l.13 3.34 2.2s 3.2q
1.2q.lj 1.53.417 1.417.53 1.53.34 1.34.53 1.53.41a 1.41a.53 1.53.2s 1.2s.53 1.53.41c 1.41c.53 1.53.2q 1.2q.53
1.53.2q.lj 1.2q.lj.53 4.417.13 1.34.13 1.2s.13 1.2q.13 5.2y 5.53.421 1.421.53 1.53.423 1.423.53 1.53.424 1.424.53
1.53.2y 1.2y.53 1.53.426 1.426.53 1.53.428 1.428.53 1.53.429 1.429.53 6.3d 5.30 2.53.42r 1.42r.53 1.53.3d 1.3d.53
1.53.42u 1.42u.53 1.53.42v 1.42v.53 1.53.42w 1.42w.53 1.53.30 1.30.53 1.53.42z 1.42z.53 6.1e a.53.43k 1.43k.53
1.53.43r 1.43r.53 1.53.43s 1.43s.53 3.3z5 b.53.443 1.443.53 1.53.445 1.445.53 1.53.446 1.446.53 1.53.447 1.447.53
1.53.448 1.448.53 1.53.44a 1.44a.53 1.53.44b 1.44b.53 d.53.44t 1.44t.53 1.53.44v 1.44v.53 1.53.44w 1.44w.53 1.53.44x
1.44x.53 1.53.44y 1.44y.53 1.53.450 1.450.53 1.53.451 1.451.53 9.45n.1o 1.45n.40l 1.45n.2q 1.45n.428 8.53.45s 1.45s.53
1.53.45t 1.45t.53 1.53.45u 1.45u.53 1.53.45v 1.45v.53 1.53.45w 1.45w.53 1.53.45x 1.45x.53 1.53.45y 1.45y.53 b.53.1g
1.1g.53 1.53.46g 1.46g.53 1.53.46h 1.46h.53 1.53.46i 1.46i.53 1.53.46j 1.46j.53 1.53.46l 1.46l.53 1.53.46m 1.46m.53
4.3zd 1.3c d.53.47g 1.47g.53 c.53.47u 1.47u.53 c.53.487 1.487.53 e.1i 5.2w 1.3c 1.47k.418 1.47k.34 1.47k.41a 1.47k.2s
1.47k.41c 1.47k.2q 1.47k.2q.lj 1.47k.41v 2.36 7.49h.422 1.49h.423 1.49h.424 1.49h.2y 1.49h.426 1.49h.428 1.49h.429
r.2q 5.2u 1.6ku 2.x6j d.gg 1.2p p.2s c.2s 5.3b 1.36.32 7.2q b.428 1.421 1.443 3.44a r.477 1.47a 1.47e a.i2 1.qx 5.i2
1.qx 1m.47k.417 1.49h.421 1.49i.423 1.49i.424 1.49i.2y 1.49i.426 1.49i.428 1.49i.429 1.49z.53 1.4a0.53 1.4a1.53
1.4a2.53 1.4a3.53 1.4a4.53 1.4a5.53 1h.1o 5.3c a.30 1.4hp a.13 9.2z 1.36.32 2.qw 9.4ho 2b.4k5 2j.4ne k.4o2 k.2t0 1.2t1
1.2t2 1.2t3 c.lm 5.2tk 8.lm d.33 39.4s5 1t.4t8 t.53.4vl 3.53.4vo 3.53.4vs 9.53.4w0 4.53.43m 1.43m.53 1.53.43n 1.43n.53
1.53.43o 1.43o.53 1.53.43p 1.43p.53 1.53.477 1.53.47a 1.53.47b 1.53.47c 1.53.47d 1.53.47f 8.4xh 1.4wv.3z2 1.3z2.4wv
3.477.53 3.47y.53 1.486.53 1.48b.53 3.492.53 2.49j.53 3.3b.53 3.4c4.53 2.4d7.53 66.526 1.52p 4v.56t g.56t 10.1cr 3.mg
y.5ae 9.lg 5.5b9 1.lg.lg 2y.5cd 1.5ch 5.5d4 ag.le 2.lg 3.mj 3.mm 1.ml 1.lq 2.mh 1.mb 1.mc f.ly j.2p 4.2r 1.2s 2.2t
1.1f 2.2y 1.2z 2.36.32 2.33 1.gk 1.33 3.d9.33 4.34 3.38 1.39 4.3a 1.3b 1.3e 2.1e 2.36 1.i4 1.qo 1.34 2.i4 1s.39.2t
3.2u.ms 1.36.32.ms 1.32.ms 2.36.ms 1.hq.ms 1.37.ms 1.38.ms 1.3e.ms 5.30.mt 1.30.mt 1.34.mt 1.39.mt 1.i2.mt 4.2v 9.3d
4.gb 2g.5ay 6.92k 4v.2u 2.1i 2o.3d d8.1cr 4p.gk 65.qm 1z9.38.mw 2.2w.mh 2.2z.mh p.2q 2.36 2.1i 2.2t 2.33 2.8rw 2.2w
2.33.mt 2.30 2.2z 2.i4 2.36.32 2.32 2.1f 2.33 2.qo 2.34 2.2r 2.38 2.3d 2.hk 2.3c 2.qw 2.qx 2.19.lj 2.1o.53 2.qm 4.19
2.3b 4.sc 4.1f 2.1b 4.1l 2.1f 2.34 2.30 2.1i a.1i 4.hk 3.rb s.x3b 1d.33.mt 6.i4 1.3a 1.2t 1.d9 7.33.mw 7.53.53.53 1.hv
6.30 2.x 3.33 1.35 4.ig 4.3c 3.1i 3.4j3 3p.5wf 2.lm 3.o8 1.5az 1.of 7.o3 1.o4 fp.ll 1.md 6.1b s.7sc 23.lm a.fjv 4.ijp
3.gbf k.hlh 9.ggs 3.fik 3.1b 1.g2z 9.9ko l.gkj 1l.g1r 1ot.app 1yg.ako 3p.bp7 hh.3gz2 1gr.9oc l.3d8.3ft 6.3d5.3d5.9oc
r.2k 9.1b 27.2dk2 1o.3d5.9oc.3cw 8o.fp1 1m.ftw 7q.20oj el.3d2.3fl 4p.3d5.9oc.3d2 9j.gur ag.gkj b8.hgh 3k.h7j k.hij
e9.hwv mq.ild u.bp6 ko.3tbz 74.jee cx.bi9 gq.cov 6.k7u 3x.bmi 1c.dhf 61.kfi dm.bs3 1q.kv1 10y.lu0 km.3cy.3fy.ffs
174.npw 10n.or9 mo.kcs 10.kcw 6.kcv 12.bp1 b.kcz 12.kd4 q.ph8 2u.kdf pk.q6l 76.qif rh.dyu 2n.ram 7m.rk6 5w.rq4 83.ry7
38.s11 4h.s5z 3w.s8v c7.slq k0.t65 cp.3dc.9oc.3cy.3d8 8x.trr 1hn.v9e 3z.vdd 6p.cop zx.2q 1.34 1.2s 1.2s 1.38 2.2v 1.2z
2.2y 1.2r 1.gk 1.3e 1.2u 1.6ku 1.36.32 1.32 1.30 1.37 1.36 2.i4 1.3a 1.2w 3.3b 1.3c 1.3d 1.4f4 1.2p 1.gg 1.2t 1.d9
1.30 1.33 1.39 1.32 2.4bl 1.1a 1.18 1.1a.1a 1.1a.18 2.1m 94.1e 2.30 6.qx 4.jt.2q.30 o.ig 6.6i1 d.li p.2w.lw 4.33.33
2.1f3c 6.5qm f.4hl 1.8s6 s.ip 1.i4 d.qo 4.3a h.le 1.lg 1k.38.1f 8.37 2.2p.2p 2.2p.33 2.2p.39 2.2p.3a 2.2p.3a 2.2p.3d
4.2z.mt a.33.mt 4.33.33 c.1e 6.3b.me a.1f 4.1l 8.38.2u 1.12 k.13 3.53 4.2t 2.x0n 4.2u 2.1fei 2.ii 2.39 m.2q 2.qx
w.37.37 4.i4 s.9oc a1.3cz.3d2 1.3cz.3d3 1.3cz.3d5 1.3cz.3d8 1.3d1.3cw 1.3d1.3cw.3cw 1.3d1.3cz 1.3d1.3cz.3cz 1.3d1.3d2
1.3d1.3d3 1.3d1.3d3.3d3 1.3d1.3d3.3d7 1.3d1.3d5 1.3d1.3d8 1.3d1.3db 1.3d2.3cw 1.3d2.3cz 1.3d2.3d5 1.3d3.3d5.3dc
1.3d3.3db 1.3d3.3de 1.3d5.3d5.3d3 1.3d7.3d1 1.3d7.3de 1.3d8.3d8.3de 1.3dc.3dc 1.3dd.3de 1.3de.3d5 1.3fd.3fd m.8qn
h.xi5 18.19e 3o.xkx 3.xlv 64.2t 3.2u 8.33 1.33.mw 1.gk.mw 2.d9.33.mw 1.d9.33.mt 5.36 1.36 5.hv 1.39 4.39 1.3c 2.3c
5.3d 6.ux 2.gk.2t 1.39.33 d.2s 1.36 1.38 2.33.m3 1.30 3.8s6 1.3d 1.2p 1.2y 1.2t 2.1r 2.8s6 1.36 2.3b 4.36.32 4.2w 2.3d
1.33.mt 1.bv 1.2v 2.2w 1.3e 8.2t 1.39.mt 2.1g 1.2q 3.36 2.3b 1.37 4.3a 1.37 4.30 1.2r 3.34 4.2z 1.2s 4.33.mt 3.1i
8oi.3ft.3fr 1.3ft.3ft.ffs 1.3fx.3fl 1.3fx.3fl.ffs 1.3fx.3fp 1.3fy.3fr 1.3fy.ffs.ffs 1.3g2.3fl.ffs 1.3g2.3ft 1.9oc.3fl
1.9oc.3fp 1.9oc.3fp.ffs 1.9oc.3ft 1.ffs.3fn.3ft 1.ffs.3fn.ffs 1.ffs.3fr 1.ffs.3fr.ffs 1.ffs.3ft.ffs 1.ffs.3fx
1.ffs.3g2 1.ffs.ffs 1.3ha.3fl 1.3ha.3fp.ffs 5.3cy.3d1 1.3cy.3da 1.3cz.3cz 1.3cz.3cz.3d3 1.3cz.3d3 1.3cz.3d5
1.3cz.3d5.3cw 1.3cz.3d8 1.3cz.3da 1.3cz.3dc 1.3d1.3cw.3cw 1.3d1.3cw.3de 1.3d1.3d1.3db 1.3d1.3d2.3de 1.3d1.3d3.3cz
1.3d1.3d3.3dd 1.3d1.3f0 1.3d1.3fd.3de 1.3d1.3d7 1.3d2.3cy 1.3d2.3cy.3cy 1.3d2.3d2 1.3d2.3d3.3d5 1.3d2.3d8 1.3d3.3cz
1.3d3.3d1.3dd 1.3d3.3d2 1.3d3.3d3 1.3d3.3d5.3cz 1.3d3.3d8 1.3d3.3da 1.3d5.3d2 1.3d5.3d3.3d7 1.3d5.3d5.3cw
1.3d5.3d5.3cz 1.3d5.3eo 1.3d5.3d8 1.3d5.3da 1.3d5.3dc 1.3d1.3de 1.3eo.3d3 1.3eo.3d3.3d7 1.3f0.3d2 1.3f0.3de 1.3d8.3d3
1.3d8.3d3.3d3 1.3d8.3d8 1.3dd.3d5 1.3dd.3dc 8ef.2q 3.1i 1.2t 1.2u 3.30 3.i4 3.3c 2.33 2.4ik 1.34 1.37 1.38 4.17 5.2p
1.2q 1.2r 1.1i 2.2u 6.33 2.rd 3.36.32 1.38 1.3d 1.hk 1.3c 1.qw 1.qx 2.8xs n.2w 1e.2q 1.2r 7.30 8.36.32 1.rd 3.38 2.3c
3.1k 5.16 7e.2t 1.ii 2.33 d.wl2 4.2r 2.hj 3.gu 1.30 4.gi 1.37 3.gk 2.5qm 2b.1fgm 1k.i4 3.i4 1.36 8.xw 6.33 1.ig b.39
2.4iu 1.qw 1.1j p.32 3.33 2.2z 4.2r 1.3a 8.2u 1.30 1.3c 103.mb wc.18m 1.1a8 lf.mb 1.1tm h.xdn 84.lm 7n.1ik4.1iki.1ij6
6.1ik4.1iki.1ijc b.1ik4.1iki.1ijn 6.1ik4.1iki.1ijt 3.1ik4.1iki.1ijw 2.1ik4.1iki.1ijy 2r.1w8 2.1wa 2.1wc 2.1we 1.1wf
2.1wh 2.1wy 1.1wk 1.1wl 1.1wm 1.1wn 1.1wo 1.1wq 4.1wu 1.1wv 1.1ws 1.1wj 1.1ww 2.1x3 1.1x4 2.1xa 1.1xb 8.1xj 4.1xz
2.li.lj 2.1vn 1.1xp 1.mb 1.1x9 1.3b.lj b.33 1.1yf 1.1yg 4.1yk 76.1ite 1.1ite 1.1itf 1.1itg 1.1iuq 1.1iur 83.36.32 6.3a
4.3b 4.3b 1.3b c1.3a 1.37 1.2u 1.30 1.3d 2.2t 2.33 1.3e 1.1f 2.1l 2.2t 1.1g 3.30 3.33 1.1l 1.33 1.39 3.1h 1.38 4.33
3.36.32 1.19l 1.3e 1.3b 3.2r e5.1jvp.1jvz 1.1jvp.1jw0 1.1jvp.1jvp 1.1jvp.1jvp.1jvz 1.1jvp.1jvp.1jw0 2.1jvv.1jvz
1.1jvv.1jvv 1.1jvv.1jvv.1jvz 6.1jw3.1jvz 1.1jw3.1jw0 1.1jw3.1jw3 1.1jw3.1jw3.1jvz 1.1jw3.1jw3.1jw0 2w.1tm 6.li 98.1k8a
87.1m 1.30 6.33 1.30 gn.1fa2 3pd.1ggu bt4.qo 4.30 c.2q 1i.3d 1.3a 2.38 c.30 4.1i 2.wux a.wl2 2.30 5.2t 8.36 5.37 1.1f
2.i4 2.1q 1.2p 2.39 1.3d e.13 1.13 4g.g1r j97.1a 48s.17 5.5ag 686.g6t 2wv.hkn 2c.hlm 80.2xm0 1tt.7sc 10d.ivu 4sb.lmt
2bh.mud 1lp.395l 1x6.rvf 24p.3d7s 1gp.3eie czj.37dg 1o5.ibk 4.33a7 55v.ggh f8b.ouf
`;
