import type { StatedWords } from "./stated-en.ts"

const stated: StatedWords = {
  title: "Περίληψη για έκτακτη ανάγκη, όπως τη δηλώνει ο ασθενής",
  noneKnown: "Κανένα γνωστό, όπως δηλώνεται ρητά",
  notStated: "Δεν δηλώθηκε. Αυτό δεν σημαίνει ότι δεν υπάρχει κάτι",
  bloodGroup: "Ομάδα αίματος, όπως τη δηλώνει ο ασθενής",
  bloodGroupCaution: "Κατά δήλωση· διασταύρωση πριν από μετάγγιση",
  pregnancy: "Εγκυμοσύνη",
  pregnancies: { pregnant: "Έγκυος", "not-pregnant": "Όχι έγκυος", unknown: "Άγνωστο" },
  dueDate: "Πιθανή ημερομηνία τοκετού",
  weight: "Βάρος",
  directives: {
    "do-not-resuscitate": "Όχι ανάνηψη",
    "no-ventilation": "Όχι μηχανικός αερισμός",
    "no-blood-products": "Όχι παράγωγα αίματος",
    "living-will": "Διαθήκη ζωής",
    "power-of-attorney": "Πληρεξούσιο για θέματα υγείας",
    "organ-donation": "Δωρεά οργάνων",
    other: "Οδηγία",
  },
}

export default stated
