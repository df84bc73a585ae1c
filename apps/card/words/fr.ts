import type { CardWords } from "./en.ts"

const fr: CardWords = {
  title: "Carte d’urgence",
  what: "Vous tenez la carte d’urgence d’une personne qui a peut-être besoin d’aide.",
  call: (number) => `Appeler le ${number}`,
  callHint: "Ambulance. Dites où vous êtes et ce qui s’est passé.",
  contact: (name) => `Appeler ${name}`,
  contactHint: "La personne de cette carte vous demande d’appeler.",
  says: "Ce que cette personne dit à tout le monde",
  name: "Nom",
  kinds: {
    allergy: "Allergie",
    medicine: "Médicament",
    implant: "Implant",
    illness: "Maladie",
    contact: "Contact",
    language: "Parle",
    "birth-date": "Naissance",
    other: "Remarque",
  },
  signedAt: (moment) => `Écrit par la personne elle-même et signé le ${moment}. Aucun médecin ne l’a vérifié.`,
  told: "Cette personne est informée que sa carte a été ouverte.",
  nothing: "Cette carte ne dit rien à tout le monde, ou elle n’est plus valable.",
  professionals: "Médecins, infirmiers, secouristes : retournez la carte",
  professionalsHint:
    "Le code au dos ouvre le dossier de santé, dans l’application des professionnels et avec votre certificat. Un appareil photo ordinaire n’affiche rien.",
  loading: "Demande de ce que cette personne dit à tout le monde…",
  offline: "Il n’y a pas de réseau. Le numéro ci-dessus fonctionne quand même.",
  retry: "Réessayer",
  foreign: "Cette adresse ne contient pas le code d’une carte. Scannez le recto de la carte.",
  damaged: "Le code n’a pas été lu en entier. Scannez à nouveau le recto de la carte.",
  newer: "Cette carte est plus récente que cette page. Rechargez la page quand il y aura du réseau.",
  invalid: "La réponse n’est pas signée par la personne de cette carte. Elle n’est pas affichée.",
  language: "Langue",
}

export default fr
