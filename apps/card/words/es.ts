import type { CardWords } from "./en.ts"

const es: CardWords = {
  title: "Tarjeta de emergencia",
  what: "Tiene en la mano la tarjeta de emergencia de una persona que quizá necesita ayuda.",
  call: (number) => `Llamar al ${number}`,
  callHint: "Ambulancia. Diga dónde está y qué ha pasado.",
  contact: (name) => `Llamar a ${name}`,
  contactHint: "La persona de esta tarjeta le pide que llame.",
  says: "Lo que esta persona dice a todos",
  name: "Nombre",
  kinds: {
    allergy: "Alergia",
    medicine: "Medicamento",
    implant: "Implante",
    illness: "Enfermedad",
    contact: "Contacto",
    language: "Habla",
    "birth-date": "Nacimiento",
    other: "Nota",
  },
  signedAt: (moment) => `Escrito por la propia persona y firmado el ${moment}. Ningún médico lo ha comprobado.`,
  told: "A esta persona se le avisa de que se ha abierto su tarjeta.",
  nothing: "Esta tarjeta no dice nada a todos, o ya no es válida.",
  professionals: "Médicos, enfermeros, socorristas: den la vuelta a la tarjeta",
  professionalsHint:
    "El código del reverso abre la historia clínica, en la aplicación de los profesionales y con su certificado. Una cámara corriente no muestra nada.",
  loading: "Preguntando lo que esta persona dice a todos…",
  offline: "No hay red. El número de arriba funciona igualmente.",
  retry: "Intentar de nuevo",
  foreign: "Esta dirección no contiene el código de una tarjeta. Escanee el anverso de la tarjeta.",
  damaged: "El código no se leyó entero. Escanee de nuevo el anverso de la tarjeta.",
  newer: "Esta tarjeta es más nueva que esta página. Vuelva a cargar la página cuando haya red.",
  invalid: "La respuesta no está firmada por la persona de esta tarjeta. No se muestra.",
  language: "Idioma",
}

export default es
