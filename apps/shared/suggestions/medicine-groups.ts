import type { Row } from "./suggestion.ts"

/** What people are allergic to among medicines, besides single substances. With UNII, where one means exactly this. */
const medicineGroups: readonly Row[] = [
  ["Penicillins", "Πενικιλλίνες", "", "", "penicillin;πενικιλλίνη"],
  ["Cephalosporins", "Κεφαλοσπορίνες", "", "", "cephalosporin"],
  ["Sulfonamides", "Σουλφοναμίδες", "", "", "sulfa drugs;σουλφαμίδες"],
  ["Non-steroidal anti-inflammatory drugs", "Μη στεροειδή αντιφλεγμονώδη", "", "", "NSAIDs;ΜΣΑΦ"],
  ["Opioids", "Οπιοειδή", "", "", ""],
  ["Local anaesthetics", "Τοπικά αναισθητικά", "", "", ""],
  ["Statins", "Στατίνες", "", "", ""],
  ["Iodinated contrast media", "Ιωδιούχα σκιαγραφικά", "", "", "contrast agent;σκιαγραφικό"],
  ["Gadolinium contrast media", "Σκιαγραφικά γαδολινίου", "", "", ""],
  ["Iodine", "Ιώδιο", "9679TC07X4", "IODINE", ""],
  ["Povidone-iodine", "Ιωδιούχος ποβιδόνη", "85H0HZU99M", "POVIDONE-IODINE", "Betadine"],
  ["Chlorhexidine", "Χλωρεξιδίνη", "R4KO0DY52L", "CHLORHEXIDINE", ""],
]

export default medicineGroups
