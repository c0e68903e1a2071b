library(metafor)
