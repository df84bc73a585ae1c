import type en from "./proposals-en.ts"

const el: typeof en = {
  title: "Προτεινόμενες αλλαγές της σύνοψης",
  only: "Αυτό το έγγραφο προτείνει αλλαγές της σύνοψης του ασθενούς. Στην ίδια τη σύνοψη υπάρχει μόνο ό,τι ενέκρινε ο ασθενής.",
  changes: {
    add: "Προσθήκη",
    alter: "Αλλαγή",
    stop: "Δεν ισχύει πια",
    refute: "Δεν είναι έτσι",
  },
  before: "Στη σύνοψη τώρα",
  after: "Όπως θα γίνει",
  seen: "Όπως το είδε ο επαγγελματίας",
  nothing: "Τίποτα σχετικό.",
  because: (why) => `Λόγος: ${why}`,
  sections: {
    allergies: "Αλλεργία ή δυσανεξία",
    medicines: "Φάρμακο",
    illnesses: "Πάθηση ή επέμβαση",
    devices: "Εμφύτευμα ή συσκευή",
    directives: "Οδηγία",
    vaccinations: "Εμβολιασμός",
    pregnancy: "Εγκυμοσύνη",
    bloodGroup: "Ομάδα αίματος",
    weight: "Βάρος",
  },
}

export default el
