"""How certain the evidence is: rules suggest with their facts, people decide on file (GRADE).

One file a domain; `grade` brings them together, `stale` asks whether ratings are of today, `summary` lays them out.
"""
