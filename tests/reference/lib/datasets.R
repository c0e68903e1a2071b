# The data sets: k effects each, from metadat (real) or made up to sit on an edge (constructed).

effects_set <- function(measure, source, yi, vi, study = seq_along(yi), mods = NULL) {
  keep <- !is.na(yi) & !is.na(vi)
  list(measure = measure, source = source, study = as.character(study)[keep], yi = as.numeric(yi)[keep],
       vi = as.numeric(vi)[keep], mods = if (is.null(mods)) NULL else mods[keep, , drop = FALSE])
}

bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
bangertdrowns <- dat.bangertdrowns2004[!is.na(dat.bangertdrowns2004$length) & !is.na(dat.bangertdrowns2004$feedback), ]
molloy <- escalc(measure = "ZCOR", ri = ri, ni = ni, data = dat.molloy2014)
normand_smd <- escalc(measure = "SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = dat.normand1999)
normand_md <- escalc(measure = "MD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = dat.normand1999)
curtis <- escalc(measure = "ROM", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = dat.curtis1998)
yusuf <- escalc(measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.yusuf1985, subset = table == "6")
li <- escalc(measure = "RD", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.li2007)

datasets <- list(
  bcg = effects_set("RR", "metadat dat.bcg", bcg$yi, bcg$vi, bcg$author,
    data.frame(ablat = bcg$ablat, year = bcg$year, random = as.numeric(bcg$alloc == "random"),
               systematic = as.numeric(bcg$alloc == "systematic"))),
  normand_smd = effects_set("SMD", "metadat dat.normand1999", normand_smd$yi, normand_smd$vi, normand_smd$source),
  normand_md = effects_set("MD", "metadat dat.normand1999", normand_md$yi, normand_md$vi, normand_md$source),
  raudenbush = effects_set("SMD", "metadat dat.raudenbush1985", dat.raudenbush1985$yi, dat.raudenbush1985$vi,
    dat.raudenbush1985$author,
    data.frame(weeks = dat.raudenbush1985$weeks, weeks_capped = pmin(dat.raudenbush1985$weeks, 3),
               aware = as.numeric(dat.raudenbush1985$tester == "aware"))),
  hackshaw = effects_set("OR", "metadat dat.hackshaw1998", dat.hackshaw1998$yi, dat.hackshaw1998$vi,
    dat.hackshaw1998$author,
    data.frame(cohort = as.numeric(dat.hackshaw1998$design == "cohort"), year = dat.hackshaw1998$year)),
  yusuf_zero_cells = effects_set("OR", "metadat dat.yusuf1985, table 6", yusuf$yi, yusuf$vi, yusuf$trial),
  li_rd = effects_set("RD", "metadat dat.li2007", li$yi, li$vi, li$study),
  curtis_rom = effects_set("ROM", "metadat dat.curtis1998", curtis$yi, curtis$vi, curtis$id),
  pignon_hr = effects_set("HR", "metadat dat.pignon2000: (O-E)/V and 1/V", dat.pignon2000$OmE / dat.pignon2000$V,
    1 / dat.pignon2000$V, dat.pignon2000$trial, data.frame(group = dat.pignon2000$grp)),
  molloy = effects_set("ZCOR", "metadat dat.molloy2014", molloy$yi, molloy$vi, molloy$authors,
    data.frame(quality = molloy$quality, meanage = molloy$meanage)),
  bangertdrowns = effects_set("SMD", "metadat dat.bangertdrowns2004, rows with length and feedback", bangertdrowns$yi,
    bangertdrowns$vi, bangertdrowns$author,
    data.frame(length = bangertdrowns$length, feedback = bangertdrowns$feedback)),
  homogeneous = effects_set("SMD", "constructed: Q far below its degrees of freedom, tau2 = 0",
    c(0.31, 0.28, 0.35, 0.30, 0.26, 0.33), c(0.04, 0.09, 0.02, 0.12, 0.05, 0.30),
    mods = data.frame(fidelity = c(0.2, 0.5, 0.9, 0.4, 0.7, 1.0))),
  two_trials = effects_set("SMD", "constructed: k = 2", c(0.1, 0.6), c(0.04, 0.02)),
  three_unequal = effects_set("SMD", "constructed: k = 3, variances over two orders of magnitude",
    c(-0.1, 0.5, 1.9), c(0.005, 0.08, 0.9)),
  bimodal_likelihood = effects_set("SMD", "constructed: the ML likelihood has a maximum at 0 and a lower one beyond",
    c(-0.2, 0.5, 1.9), c(0.001, 0.08, 1.2)),
  four_trials = effects_set("SMD", "constructed: k = 4, two residual degrees of freedom",
    c(0.05, 0.42, 0.11, 0.80), c(0.03, 0.05, 0.02, 0.04), mods = data.frame(fidelity = c(0.1, 0.6, 0.4, 0.9))),
  identical_effects = effects_set("SMD", "constructed: every effect 0.25", rep(0.25, 5),
    c(0.02, 0.05, 0.03, 0.08, 0.04))
)
