"""Risk of bias of the trials behind one pool: a light a judgement, and bars by the weight the pool gives them."""
